package store

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// chain is the last row of the usage log and the hash over all rows up to it. Each row's hash covers
// the hash before it, so a row that is changed, removed, added or moved breaks every later one; the head
// kept in usage_chain shows rows missing at the end. It proves nothing against somebody who may
// rewrite the whole database: for that, keep the head elsewhere (Report.Head).
type chain struct {
	id   int64
	hash [sha256.Size]byte
}

// next gives row the id after the chain's and returns the chain that ends with it.
func (c chain) next(row *usageRow) chain {
	row.ID = c.id + 1
	return c.with(row)
}

func (c chain) with(row *usageRow) chain {
	d := digest{Hash: sha256.New()}
	d.Write(c.hash[:])
	d.row(row)
	out := chain{id: row.ID}
	d.Sum(out.hash[:0])
	return out
}

// digest writes values so that no two lists of values write the same bytes.
type digest struct {
	hash.Hash
	buf [8]byte
}

func (d *digest) int(v int64) {
	binary.BigEndian.PutUint64(d.buf[:], uint64(v))
	d.Write(d.buf[:])
}

func (d *digest) text(s string) {
	d.int(int64(len(s)))
	d.Write([]byte(s))
}

func (d *digest) bool(b bool) {
	d.buf[0] = 0
	if b {
		d.buf[0] = 1
	}
	d.Write(d.buf[:1])
}

// row writes the canonical form of a row, version 1. The order is that of the columns.
func (d *digest) row(r *usageRow) {
	d.int(1)
	d.int(r.ID)
	d.text(r.TenantID)
	d.text(r.UserID)
	d.text(r.QueryType)
	d.text(r.Question)
	d.int(int64(r.TokensUsed))
	d.bool(r.FromCache)
	d.int(int64(r.ResponseTimeMS))
	d.bool(r.Success)
	d.int(r.Timestamp.UnixMilli())
	d.text(r.EventID)
	d.text(r.RequestID)
	d.text(r.Model)
	d.int(int64(r.PromptTokens))
	d.int(int64(r.CachedTokens))
	d.int(int64(r.CompletionTokens))
	d.text(r.ErrorType)
	d.text(r.Month)
}
