module regulars.example/client

go 1.19
