package llama

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// MaxText is the longest text Tokenize accepts, in bytes. Callers have far lower limits; this one
// keeps lengths within what C counts with.
const MaxText = 64 << 20

// vocabulary is a copy of the token texts: one block of bytes and where each text ends, so that
// turning tokens into text needs no crossing into C and gives the garbage collector nothing to scan.
type vocabulary struct {
	pieces        []byte
	ends          []uint32
	eog           []byte
	bos, eos, eot Token
	addBOS        bool
}

func (v *vocabulary) read(c *C.struct_llama_model, ci C.ilsai_model_info) error {
	v.bos, v.eos, v.eot, v.addBOS = Token(ci.bos), Token(ci.eos), Token(ci.eot), bool(ci.add_bos)
	v.ends = make([]uint32, int(ci.n_vocab))
	v.eog = make([]byte, int(ci.n_vocab))
	ends, eog := (*C.uint32_t)(unsafe.Pointer(&v.ends[0])), (*C.uint8_t)(unsafe.Pointer(&v.eog[0]))
	n := int64(C.ilsai_pieces(c, nil, 0, ends, eog))
	if n <= 0 || n > math.MaxUint32 {
		return errors.New("its vocabulary cannot be read")
	}
	v.pieces = make([]byte, n)
	if C.ilsai_pieces(c, (*C.char)(unsafe.Pointer(&v.pieces[0])), C.size_t(n), ends, eog) != C.int64_t(n) {
		return errors.New("its vocabulary cannot be read")
	}
	return nil
}

func (v *vocabulary) has(t Token) bool { return t >= 0 && int(t) < len(v.ends) }

func (v *vocabulary) piece(t Token) []byte {
	if !v.has(t) {
		return nil
	}
	start := uint32(0)
	if t > 0 {
		start = v.ends[t-1]
	}
	return v.pieces[start:v.ends[t]]
}

// BOS is the token a prompt starts with, negative when the model has none or wants none.
func (m *Model) BOS() Token {
	if !m.vocab.addBOS {
		return -1
	}
	return m.vocab.bos
}

// EndOfTurn is the token that ends an assistant's turn, negative when the model names none.
func (m *Model) EndOfTurn() Token {
	if m.vocab.eot >= 0 {
		return m.vocab.eot
	}
	return m.vocab.eos
}

// IsEOG tells whether a token ends a generation. False for ids outside the vocabulary.
func (m *Model) IsEOG(t Token) bool { return m.vocab.has(t) && m.vocab.eog[t] != 0 }

// TokenPiece is a token's text: possibly a part of a rune, empty for control tokens and for ids
// outside the vocabulary.
func (m *Model) TokenPiece(t Token) string { return string(m.vocab.piece(t)) }

// AppendPiece appends a token's text to dst.
func (m *Model) AppendPiece(dst []byte, t Token) []byte { return append(dst, m.vocab.piece(t)...) }

// Tokenize turns text into tokens. parseSpecial makes texts such as "<|eot_id|>" the control
// tokens they name; it must be false for anything a user typed. No BOS is added: see BOS.
func (m *Model) Tokenize(text string, parseSpecial bool) ([]Token, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("llama: a text of %d bytes, the limit is %d", len(text), MaxText)
	}
	if text == "" {
		return nil, nil
	}
	if err := m.retain(); err != nil {
		return nil, err
	}
	defer m.release()
	tokens := make([]Token, len(text)/3+8)
	for {
		n := C.ilsai_tokenize(m.c, (*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.int32_t(len(text)),
			(*C.int32_t)(unsafe.Pointer(&tokens[0])), C.int32_t(len(tokens)), false, C.bool(parseSpecial))
		switch {
		case n >= 0:
			return tokens[:n:n], nil
		case n == math.MinInt32:
			return nil, errors.New("llama: the text cannot be tokenized")
		}
		tokens = make([]Token, -n)
	}
}

// Detokenize is the text of tokens; control tokens are written out when special is set. Ids
// outside the vocabulary are an error.
func (m *Model) Detokenize(tokens []Token, special bool) (string, error) {
	for _, t := range tokens {
		if !m.vocab.has(t) {
			return "", fmt.Errorf("llama: token %d is not in a vocabulary of %d", t, len(m.vocab.ends))
		}
	}
	if len(tokens) == 0 {
		return "", nil
	}
	if err := m.retain(); err != nil {
		return "", err
	}
	defer m.release()
	buf := make([]byte, 8*len(tokens)+16)
	for {
		n := C.ilsai_detokenize(m.c, (*C.int32_t)(unsafe.Pointer(&tokens[0])), C.int32_t(len(tokens)),
			(*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(len(buf)), C.bool(special))
		switch {
		case n >= 0:
			return string(buf[:n]), nil
		case n == math.MinInt32:
			return "", errors.New("llama: the tokens cannot be turned into text")
		}
		buf = make([]byte, -n)
	}
}
