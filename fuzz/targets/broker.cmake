# What a broker hears from an executor that guest code has taken over: the files of lib that know
# of no engine.
warrant_fuzz(broker SRC warrant/lib/executor_talk_fuzz.cc USES os host netfetch wasi_p1 fetch audit policy)
foreach(file executor_plan executor_talk fetch_service remote_fetch remote_output remote_sink wire)
  target_sources(fuzz_broker PRIVATE ${PROJECT_SOURCE_DIR}/warrant/lib/${file}.cc)
endforeach()
target_compile_options(fuzz_broker PRIVATE -fsanitize=fuzzer-no-link)
