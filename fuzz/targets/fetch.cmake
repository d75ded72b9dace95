warrant_fuzz(address SRC warrant/fetch/address_fuzz.cc USES fetch)
