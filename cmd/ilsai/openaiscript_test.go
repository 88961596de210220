package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
)

// chatScript is a model that does what the last message tells it. So a client can ask for what a real model does once in a while:
//
//	echo …            says the rest
//	say ["…", …]      says these pieces
//	busy NAME xx      refuses once for that name for every x, then says "done"
//	break …           says the rest and then fails
//	hang …            says the rest and then nothing until it is told to end
//	panic             is defective
type chatScript struct {
	mu   sync.Mutex
	busy map[string]int // refusals so far
}

// Chat implements server.ChatModel.
func (m *chatScript) Chat(ctx context.Context, c server.Chat) (server.ChatStream, error) {
	verb, rest, _ := strings.Cut(c.Messages[len(c.Messages)-1].Content, " ")
	pieces := []string{rest}
	var err error
	switch verb {
	case "echo", "hang":
	case "say":
		err = json.Unmarshal([]byte(rest), &pieces)
	case "busy":
		err = m.refuse(rest)
		pieces = []string{"done"}
	case "break":
		return newScriptedChat(ctx, pieces, false, ilsai.Errorf(ilsai.CodeGenerationFailed, "The model failed.")), nil
	default:
		panic("a model that is told " + verb)
	}
	if err != nil {
		return nil, err
	}
	return newScriptedChat(ctx, pieces, verb == "hang", nil), nil
}

func (m *chatScript) refuse(order string) error {
	name, times, _ := strings.Cut(order, " ")
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy[name]++; m.busy[name] <= len(times) {
		return ilsai.Errorf(ilsai.CodeOverloaded, "Busy.")
	}
	return nil
}

// scriptedChat is one answer of a chatScript.
type scriptedChat struct {
	ctx    context.Context
	pieces chan string
	hangs  bool
	text   string
	err    error
}

func newScriptedChat(ctx context.Context, pieces []string, hangs bool, err error) *scriptedChat {
	a := &scriptedChat{ctx: ctx, pieces: make(chan string, len(pieces)), hangs: hangs, text: strings.Join(pieces, ""), err: err}
	for _, p := range pieces {
		a.pieces <- p
	}
	if !hangs {
		close(a.pieces)
	}
	return a
}

// Next implements server.ChatStream.
func (a *scriptedChat) Next(ctx context.Context) (string, bool) {
	select {
	case piece, ok := <-a.pieces:
		return piece, ok
	case <-ctx.Done():
		return "", false
	case <-a.ctx.Done():
	}
	select { // what was said before the end is still read
	case piece, ok := <-a.pieces:
		return piece, ok
	default:
		return "", false
	}
}

// Result implements server.ChatStream.
func (a *scriptedChat) Result(context.Context) (server.ChatCompletion, error) {
	done := server.ChatCompletion{Text: a.text, PromptTokens: 8, CompletionTokens: 4}
	if !a.hangs {
		return done, a.err
	}
	<-a.ctx.Done()
	if errors.Is(a.ctx.Err(), context.DeadlineExceeded) {
		return done, ilsai.Errorf(ilsai.CodeDeadline, "It took too long.")
	}
	return done, ilsai.Errorf(ilsai.CodeCanceled, "The request was canceled.")
}
