package store

import (
	"bytes"
	"database/sql"
)

// chainReader follows the hash chain row by row and reports the first break.
type chainReader struct {
	report     *Report
	chain      chain
	anchor     int64
	anchorHash []byte
	anchored   bool
	broken     bool
}

func (v *chainReader) read(rows *sql.Rows) error {
	var row usageRow
	var hash []byte
	if err := rows.Scan(append(row.fields(), &hash)...); err != nil {
		return err
	}
	v.checkAnchor(row.ID)
	if v.broken {
		return nil
	}
	expected := v.chain.id + 1
	v.chain = v.chain.with(&row)
	if row.ID <= v.anchor { // ids may have gaps there, and rows have no hash of their own
		return nil
	}
	switch {
	case row.ID != expected:
		v.failf(row.ID, row.TenantID, "row %d follows, row %d is missing", row.ID, expected)
	case !bytes.Equal(hash, v.chain.hash[:]):
		v.failf(row.ID, row.TenantID, "row %d is not what was written, or a row before it was removed", row.ID)
	}
	return nil
}

// checkAnchor compares the rows that have no hash of their own once all of them were read.
func (v *chainReader) checkAnchor(next int64) {
	if v.anchored || next <= v.anchor {
		return
	}
	v.anchored = true
	if !bytes.Equal(v.chain.hash[:], v.anchorHash) {
		v.failf(v.chain.id, "", "one of the rows up to %d was changed or removed", v.anchor)
	}
	v.chain.id = v.anchor
}

func (v *chainReader) failf(id int64, tenant, format string, args ...any) {
	if !v.broken {
		v.broken = true
		v.report.addf(ProblemChain, id, tenant, format, args...)
	}
}
