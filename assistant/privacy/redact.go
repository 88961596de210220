package privacy

import "strings"

// Redact puts its kind, such as [EMAIL_ADDRESS], in the place of all personal data in a text. A text without
// any comes back as it is.
func Redact(text string) string { return RedactBut(text, "") }

// RedactBut is Redact for all kinds but one.
func RedactBut(text string, kept Kind) string {
	found := Find(text)
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, f := range found {
		if f.Kind == kept {
			continue
		}
		b.WriteString(text[at:f.Start])
		b.WriteString(f.Kind.Mark())
		at = f.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// Mark is what stands for a value of the kind.
func (k Kind) Mark() string { return "[" + string(k) + "]" }
