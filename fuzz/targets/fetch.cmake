warrant_fuzz(address SRC warrant/fetch/address_fuzz.cc USES fetch)
warrant_fuzz(url SRC warrant/fetch/url_fuzz.cc USES fetch LIBS curl)
warrant_fuzz(headers SRC warrant/fetch/headers_fuzz.cc USES fetch)
