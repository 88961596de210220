package server_test

import (
	"context"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
)

// TestChatStreamsLeaveNothingBehind is serial: goroutines of other tests would be taken for the streams'.
func TestChatStreamsLeaveNothingBehind(t *testing.T) {
	b := setupChat(t)
	before := goleak.IgnoreCurrent()
	for n := range 20 {
		b.chat.reply = nil
		if n%2 == 1 {
			b.chat.reply = func(ctx context.Context, _ server.Chat) (server.ChatStream, error) {
				return spoken(ctx, ilsai.Errorf(ilsai.CodeGenerationFailed, "It failed."), "a", "b"), nil
			}
		}
		b.post(hello(`"stream": true`))
		b.post(hello(`"stream": true`), "Idempotency-Key", fmt.Sprint("key-", n))
	}
	goleak.VerifyNone(t, before,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),    // one per process, never ends
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2")) // looks every 10 s whether to end
}
