package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxMessages bounds the shapes of a conversation that the chat template is tried on.
const maxMessages = 256

func readMessages(raw json.RawMessage) ([]ChatMessage, error) {
	var list []json.RawMessage
	if err := decode(raw, "messages", &list, "a list"); err != nil {
		return nil, err
	}
	if len(list) > maxMessages {
		return nil, badParam("messages", "A conversation has at most %d messages.", maxMessages)
	}
	messages := make([]ChatMessage, len(list))
	for i, one := range list {
		if err := messages[i].read(one, fmt.Sprintf("messages[%d]", i)); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

func (m *ChatMessage) read(raw json.RawMessage, param string) error {
	var members map[string]json.RawMessage
	if err := decode(raw, param, &members, "an object"); err != nil {
		return err
	}
	hasContent := false
	for _, name := range slices.Sorted(maps.Keys(members)) {
		raw, param := members[name], param+"."+name
		if isNull(raw) {
			continue // replies have "refusal": null, and clients send them back
		}
		var err error
		switch name {
		case "role":
			err = decode(raw, param, &m.Role, "a string")
		case "content":
			hasContent = true
			m.Content, err = readContent(raw, param)
		default:
			err = badParam(param, "%s is not supported.", param)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case m.Role != "system" && m.Role != "user" && m.Role != "assistant":
		return badParam(param+".role", "%s.role is one of system, user and assistant.", param)
	case !hasContent:
		return badParam(param+".content", "%s.content is required.", param)
	}
	return nil
}

// readContent takes a string, or a list of parts of text, which become its lines.
func readContent(raw json.RawMessage, param string) (string, error) {
	const kind = "a string or a list of text parts"
	if raw[0] == '"' {
		var text string
		err := decode(raw, param, &text, kind)
		return text, err
	}
	var parts []json.RawMessage
	if err := decode(raw, param, &parts, kind); err != nil {
		return "", err
	}
	lines := make([]string, len(parts))
	for i, raw := range parts {
		param := fmt.Sprintf("%s[%d]", param, i)
		var part map[string]json.RawMessage
		if err := decode(raw, param, &part, "an object"); err != nil {
			return "", err
		}
		if string(part["type"]) != `"text"` || len(part) != 2 {
			return "", badParam(param, `%s is not a part of the form {"type": "text", "text": "…"}.`, param)
		}
		if err := decode(part["text"], param+".text", &lines[i], "a string"); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n"), nil
}

// question is what the usage log says was asked: the end of the conversation, no longer than a question may be.
func (r chatRequest) question() string {
	for _, m := range slices.Backward(r.Messages) {
		if m.Role == "user" {
			text := strings.TrimSpace(m.Content)
			if utf8.RuneCountInString(text) > maxQuestion {
				text = string([]rune(text)[:maxQuestion])
			}
			return text
		}
	}
	return ""
}
