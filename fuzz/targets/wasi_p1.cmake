warrant_fuzz(p1_calls SRC warrant/wasi_p1/p1_calls_fuzz.cc USES wasi_p1)
warrant_fuzz(p1_dirent SRC warrant/wasi_p1/p1_dirent_fuzz.cc USES wasi_p1)
warrant_fuzz(p1_poll SRC warrant/wasi_p1/p1_poll_fuzz.cc USES wasi_p1)
warrant_fuzz(p1_vectors SRC warrant/wasi_p1/p1_vectors_fuzz.cc USES wasi_p1)
