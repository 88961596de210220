package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
)

// members are the members a JSON object may have, by exact name, and where their values go.
type members map[string]any

// readBody reads the body strictly: one object, no member twice, none that is not in m, none null unless
// its target says what null means. A typing mistake in a change must never pass for no change.
func readBody(c *fiber.Ctx, m members) error {
	body, err := plainBody(c)
	if err != nil {
		return err
	}
	return readMembers(body, m)
}

func readMembers(object []byte, m members) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return notAnObject(m, err)
	}
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return notAnObject(m, err)
		}
		name, _ := t.(string) // an object's names always are
		target, known := m[name]
		switch {
		case !known:
			return ilsai.Errorf(ilsai.CodeInvalid, "The member %.40q is not known here. Known are: %s.", name, m.names())
		case seen[name]:
			return ilsai.Errorf(ilsai.CodeInvalid, "The member %q is there twice.", name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return notAnObject(m, err)
		}
		if err := readMember(name, value, target); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return notAnObject(m, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return ilsai.Errorf(ilsai.CodeInvalid, "The body holds more than one JSON value.")
	}
	return nil
}

func readMember(name string, value json.RawMessage, target any) error {
	if _, own := target.(json.Unmarshaler); !own && string(value) == "null" {
		return ilsai.Errorf(ilsai.CodeInvalid, "The member %q is null. Leave it out, or give it a value.", name)
	}
	err := json.Unmarshal(value, target)
	var known *ilsai.Error
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil, errors.As(err, &known): // the target's own words
		return err
	case errors.As(err, &wrong):
		return ilsai.Wrap(ilsai.CodeInvalid, err, "The member %q has the wrong type: %s.", name, wrong.Value)
	default:
		return ilsai.Wrap(ilsai.CodeInvalid, err, "The member %q cannot be read.", name)
	}
}

func notAnObject(m members, cause error) error {
	if cause == nil {
		cause = errors.New("another kind of JSON value")
	}
	return ilsai.Wrap(ilsai.CodeInvalid, cause, "The body is not the JSON this expects: one object with the members %s.", m.names())
}

func (m members) names() string { return strings.Join(slices.Sorted(maps.Keys(m)), ", ") }
