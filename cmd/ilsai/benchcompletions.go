package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/ils-platform/ilsai/bench"
)

// completions streams chats from any server that speaks OpenAI's API.
type completions struct {
	http  *http.Client
	url   string // up to and without /chat/completions
	model string
}

func newCompletions(url, model string, connections int) *completions {
	return &completions{url: strings.TrimRight(url, "/"), model: model,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}}
}

func (c *completions) close() { c.http.CloseIdleConnections() }

// completionOrder is what one request asks for.
type completionOrder struct {
	token       string // bearer; "": none
	text        string
	maxTokens   int
	temperature float64
	seed        uint32
}

func (c *completions) body(o completionOrder) []byte {
	return []byte(jsonBody(map[string]any{
		"model": c.model, "messages": []chatMessage{{"user", o.text}}, "max_tokens": o.maxTokens, "temperature": o.temperature,
		"seed": o.seed, "stream": true, "stream_options": map[string]bool{"include_usage": true},
	}))
}

// tokenCounts are what the server says a completion used; zeros if it says nothing.
type tokenCounts struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
}

// completionChunk is what is read of a chunk.
type completionChunk struct {
	Choices []struct {
		Delta struct {
			Content   string `json:"content"`
			Reasoning string `json:"reasoning_content"`
		} `json:"delta"`
	} `json:"choices"`
	Usage *tokenCounts    `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// stream asks and reads to the end. Each piece of text is a unit of e.
func (c *completions) stream(ctx context.Context, o completionOrder, e *bench.Event) (used tokenCounts, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/chat/completions", bytes.NewReader(c.body(o)))
	if err != nil {
		return used, err
	}
	req.Header.Set("Content-Type", "application/json")
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return used, &requestError{kindOf(err, "no reply"), err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return used, refusal(resp)
	}
	return readChunks(resp.Body, e)
}

// refusal tells the kind of a reply that is no completion: its status, and what OpenAI's error object calls it.
func refusal(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return &requestError{kindOf(err, "broken reply"), err}
	}
	var told struct {
		Error struct{ Type, Code string }
	}
	_ = json.Unmarshal(body, &told) // another body has no more to say
	kind := fmt.Sprintf("status %d", resp.StatusCode)
	for _, word := range []string{told.Error.Type, told.Error.Code} {
		if word != "" {
			kind += " " + word
		}
	}
	return &requestError{kind, fmt.Errorf("status %d: %.300s", resp.StatusCode, body)}
}

func readChunks(r io.Reader, e *bench.Event) (used tokenCounts, err error) {
	lines := bufio.NewReaderSize(r, 16<<10)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return used, &requestError{"stream without [DONE]", io.ErrUnexpectedEOF}
		}
		if err != nil {
			return used, &requestError{kindOf(err, "broken stream"), err}
		}
		data, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			continue
		}
		if data = bytes.TrimSpace(data); string(data) == "[DONE]" {
			e.Count = used.Completion
			return used, nil
		}
		var chunk completionChunk
		if err := json.Unmarshal(data, &chunk); err != nil {
			return used, &requestError{"chunk that is no JSON", err}
		}
		if len(chunk.Error) > 0 && string(chunk.Error) != "null" {
			return used, &requestError{"error within the stream", fmt.Errorf("%.300s", chunk.Error)}
		}
		if chunk.Usage != nil {
			used = *chunk.Usage
		}
		for _, choice := range chunk.Choices {
			if choice.Delta.Content != "" || choice.Delta.Reasoning != "" {
				e.Unit()
			}
		}
	}
}

// requestError is a failed request with its kind, by which failures are counted.
type requestError struct {
	kind string
	err  error
}

func (e *requestError) Error() string { return e.kind + ": " + e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

// kindOf names failures of the network; otherwise is the kind of any other.
func kindOf(err error, otherwise string) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	}
	return otherwise
}

// failures counts the failed requests of a run by kind, with one error of each.
func failures(run bench.Run) (table *bench.Table, failed int) {
	counts, example := map[string]int{}, map[string]error{}
	for _, e := range run.Events {
		if e.Err == nil {
			continue
		}
		failed++
		kind := "other"
		if known := (*requestError)(nil); errors.As(e.Err, &known) {
			kind = known.kind
		}
		if counts[kind]++; example[kind] == nil {
			example[kind] = e.Err
		}
	}
	table = &bench.Table{Header: []string{"kind", "requests", "the first of them"}}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		table.Add(kind, counts[kind], fmt.Sprintf("%.200s", example[kind].Error()))
	}
	return table, failed
}
