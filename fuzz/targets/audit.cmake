warrant_fuzz(audit_log SRC warrant/audit/verify_fuzz.cc USES audit)
