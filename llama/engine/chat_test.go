package engine_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/engine"
)

// What a conversation cannot be is refused with its reason, before anything runs; a megabyte before it is even
// tokenized.
func TestChatErrors(t *testing.T) {
	e := open(t, engine.Options{})
	user := func(content string) []engine.Message { return []engine.Message{{Role: "user", Content: content}} }
	var many []engine.Message
	for range 100 {
		many = append(many, engine.Message{Role: "user", Content: strings.Repeat("x7", 40)})
	}
	for name, tt := range map[string]struct {
		chat engine.Chat
		want ilsai.Code
	}{
		"a megabyte":                 {engine.Chat{Messages: user(strings.Repeat("a", 1<<20)), MaxTokens: 5}, ilsai.CodeTooLarge},
		"a megabyte of spaces":       {engine.Chat{Messages: user(strings.Repeat(" ", 1<<20)), MaxTokens: 5}, ilsai.CodeTooLarge},
		"beyond the context":         {engine.Chat{Messages: user(strings.Repeat("x7", 1500)), MaxTokens: 5}, ilsai.CodeTooLarge},
		"many messages":              {engine.Chat{Messages: many, MaxTokens: 5}, ilsai.CodeTooLarge},
		"no tokens":                  {engine.Chat{Messages: user("x")}, ilsai.CodeInvalid},
		"temperature of NaN":         {engine.Chat{Messages: user("x"), MaxTokens: 5, Temperature: float32(math.NaN())}, ilsai.CodeInvalid},
		"temperature without end":    {engine.Chat{Messages: user("x"), MaxTokens: 5, Temperature: float32(math.Inf(1))}, ilsai.CodeInvalid},
		"temperature below zero":     {engine.Chat{Messages: user("x"), MaxTokens: 5, Temperature: -1}, ilsai.CodeInvalid},
		"top_p of NaN":               {engine.Chat{Messages: user("x"), MaxTokens: 5, Temperature: 1, TopP: float32(math.NaN())}, ilsai.CodeInvalid},
		"a stop string of nothing":   {engine.Chat{Messages: user("x"), MaxTokens: 5, Stop: []string{""}}, ilsai.CodeInvalid},
		"more stop strings than can": {engine.Chat{Messages: user("x"), MaxTokens: 5, Stop: make([]string, 17)}, ilsai.CodeInvalid},
	} {
		began := time.Now()
		_, err := e.Chat(t.Context(), tt.chat)
		if ilsai.ErrorCode(err) != tt.want || ilsai.ErrorMessage(err) == "" {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		t.Logf("%s: %v, in %v", name, err, time.Since(began))
	}
	if st := e.Stats(); st.Steps != 0 || st.Active != 0 || st.Waiting != 0 {
		t.Errorf("something ran: %+v", st)
	}
}
