package server

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
)

const (
	maxStops     = 4
	maxStopBytes = 256
	// leastTemperature is where sampling is the likeliest token in all but name; the division by less may overflow.
	leastTemperature = 0.001
)

// chatRequest is the body of POST /v1/chat/completions, checked. What makes two requests the same for an
// idempotency key is its JSON: how a reply is sent is left out, so a stream may be repeated without one.
type chatRequest struct {
	Model       string
	Messages    []ChatMessage
	MaxTokens   int    // 0: as many as the subscription allows
	maxParam    string // the member that said so
	Temperature float64
	TopP        float64
	Stop        []string
	Seed        *int64
	User        string
	CacheSalt   string `json:",omitempty"` // not empty: the conversation is kept apart

	stream       bool
	includeUsage bool
}

// neutral are members that clients send although they ask for nothing that is not served. With any other value,
// and for any other member, a request is refused: a setting that is silently ignored is a wrong answer.
var neutral = map[string][]string{
	"n": {"1"}, "logprobs": {"false"}, "frequency_penalty": {"0", "0.0"}, "presence_penalty": {"0", "0.0"},
	"response_format": {`{"type":"text"}`},
}

// newChatRequest reads the body and copies what outlives the handler.
func newChatRequest(c *fiber.Ctx) (r chatRequest, err error) {
	body, err := plainBody(c)
	if err != nil {
		return r, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return r, ilsai.Wrap(ilsai.CodeInvalid, err, `The body is not one JSON object such as {"model": "ilsai", "messages": [{"role": "user", "content": "…"}]}.`)
	}
	r = chatRequest{Temperature: 1, TopP: 1}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := r.read(name, members[name]); err != nil {
			return chatRequest{}, err
		}
	}
	switch {
	case r.Model == "":
		err = badParam("model", "model is required.")
	case len(r.Messages) == 0:
		err = badParam("messages", "messages is required and holds at least one message.")
	case r.includeUsage && !r.stream:
		err = badParam("stream_options", "stream_options is for requests with stream.")
	}
	if err != nil {
		return chatRequest{}, err
	}
	return r, nil
}

// read takes one member. null is as if it were absent.
func (r *chatRequest) read(name string, raw json.RawMessage) (err error) {
	if isNull(raw) {
		return nil
	}
	switch name {
	case "model":
		err = decode(raw, name, &r.Model, "a string")
	case "messages":
		r.Messages, err = readMessages(raw)
	case "max_tokens", "max_completion_tokens":
		if r.maxParam != "" {
			return badParam(name, "Send one of max_tokens and max_completion_tokens.")
		}
		r.maxParam = name
		if err = decode(raw, name, &r.MaxTokens, "a whole number"); err == nil && r.MaxTokens < 1 {
			err = badParam(name, "%s must be at least 1.", name)
		}
	case "temperature":
		err = decodeRange(raw, name, &r.Temperature, 2)
	case "top_p":
		err = decodeRange(raw, name, &r.TopP, 1)
	case "stop":
		r.Stop, err = readStop(raw)
	case "seed":
		err = decode(raw, name, &r.Seed, "a whole number")
	case "user":
		err = decode(raw, name, &r.User, "a string")
	case "cache_salt":
		err = decode(raw, name, &r.CacheSalt, "a string")
	case "stream":
		err = decode(raw, name, &r.stream, "true or false")
	case "stream_options":
		err = r.readStreamOptions(raw)
	default:
		err = checkNeutral(name, raw)
	}
	return err
}

func (r *chatRequest) readStreamOptions(raw json.RawMessage) error {
	var options map[string]json.RawMessage
	if err := decode(raw, "stream_options", &options, "an object"); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		param := "stream_options." + name
		if name != "include_usage" {
			return badParam(param, "%s is not supported.", param)
		}
		if err := decode(options[name], param, &r.includeUsage, "true or false"); err != nil {
			return err
		}
	}
	return nil
}

// readStop takes one string or a list.
func readStop(raw json.RawMessage) ([]string, error) {
	var stops []string
	if raw[0] == '"' {
		stops = make([]string, 1)
		if err := decode(raw, "stop", &stops[0], "a string or a list of strings"); err != nil {
			return nil, err
		}
	} else if err := decode(raw, "stop", &stops, "a string or a list of strings"); err != nil {
		return nil, err
	}
	if len(stops) > maxStops {
		return nil, badParam("stop", "stop has %d strings; at most %d are allowed.", len(stops), maxStops)
	}
	for _, stop := range stops {
		if stop == "" || len(stop) > maxStopBytes {
			return nil, badParam("stop", "A stop string has 1 to %d bytes.", maxStopBytes)
		}
	}
	return stops, nil
}

func checkNeutral(name string, raw json.RawMessage) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err == nil && slices.Contains(neutral[name], compact.String()) {
		return nil
	}
	if values, known := neutral[name]; known {
		return badParam(name, "%s is not supported, other than %s.", name, values[0])
	}
	return badParam(name, "%q is not supported.", name)
}

func decodeRange(raw json.RawMessage, name string, to *float64, most float64) error {
	if err := decode(raw, name, to, "a number"); err != nil {
		return err
	}
	if !(*to >= 0 && *to <= most) {
		return badParam(name, "%s is between 0 and %g.", name, most)
	}
	return nil
}

func decode(raw json.RawMessage, param string, to any, kind string) error {
	if err := json.Unmarshal(raw, to); err != nil {
		return &openAIError{error: ilsai.Wrap(ilsai.CodeInvalid, err, "%s must be %s.", param, kind), param: param}
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
