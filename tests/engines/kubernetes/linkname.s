// Empty: lets judge.go declare a function without a body (see go:linkname there).
