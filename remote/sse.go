package remote

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of an event stream. A completion's chunk is a few hundred bytes.
const maxLine = 64 << 10

// eventReader reads server-sent events (WHATWG HTML, section 9.2) and gives their data; names, ids and comments
// are left out.
type eventReader struct{ lines *bufio.Reader }

func newEventReader(r io.Reader) *eventReader { return &eventReader{bufio.NewReaderSize(r, maxLine)} }

// next returns the data of the next event that has any, valid until the next call. io.EOF: there are no more; an
// event that the end cut off is none. A line that is too long is an ErrMalformed.
func (e *eventReader) next() ([]byte, error) {
	var data []byte
	have := false
	for {
		line, err := e.line()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			if have {
				return data, nil
			}
			continue
		}
		value, ok := bytes.CutPrefix(line, []byte("data"))
		switch {
		case !ok, len(value) > 0 && value[0] != ':':
			continue
		case len(value) > 0:
			value = bytes.TrimPrefix(value[1:], []byte(" "))
		}
		if have {
			data = append(data, '\n')
		}
		data, have = append(data, value...), true
		if len(data) > maxLine {
			return nil, fmt.Errorf("%w: an event of more than %d bytes", ErrMalformed, maxLine)
		}
	}
}

// line returns a line without its end, which is \n or \r\n: no server of completions ends lines with \r alone.
func (e *eventReader) line() ([]byte, error) {
	line, err := e.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrMalformed, maxLine)
	case err != nil:
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}
