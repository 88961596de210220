package assistant_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(closing{m}, goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker")) // a pool of the library's, for the life of the process
}

// closing frees the library that all tests share before anybody looks for what is left.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	_ = library.Close()
	return code
}
