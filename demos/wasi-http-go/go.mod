module warrant.example/wasi-http-go

go 1.23
