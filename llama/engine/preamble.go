package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ils-platform/ilsai/llama"
)

// Llama 3.1's own template begins the system message with two lines that llama.cpp's list of templates leaves out, and
// writes a system message where a conversation has none. The model saw them in every conversation it was trained on.
//
// The day is the one that the template falls back on, not today's: what is the same for everybody, and stays so, is computed once.
const (
	cutoffLine   = "Cutting Knowledge Date: December 2023\n"
	systemHeader = "<|start_header_id|>system<|end_header_id|>\n\n"
	endOfTurn    = "<|eot_id|>"
)

var fallbackDate = regexp.MustCompile(`set date_string = "([0-9A-Za-z ]{1,20})"`)

// preamble is what a model's template puts before the text of the system message, "" for most.
func preamble(template string) string {
	date := fallbackDate.FindStringSubmatch(template)
	if date == nil || !strings.Contains(template, strings.TrimSpace(cutoffLine)) || !strings.Contains(template, "<|start_header_id|>system<|end_header_id|>") {
		return ""
	}
	return cutoffLine + "Today Date: " + date[1] + "\n\n"
}

// withPreamble puts the preamble into a conversation that llama.cpp rendered.
func withPreamble(text, preamble string, messages []llama.Message) string {
	if preamble == "" {
		return text
	}
	if slices.IndexFunc(messages, func(m llama.Message) bool { return m.Role == "system" }) == 0 {
		return strings.Replace(text, systemHeader, systemHeader+preamble, 1)
	}
	return systemHeader + preamble + endOfTurn + text
}
