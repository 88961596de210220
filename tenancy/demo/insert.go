package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

func insertMasterData(ctx context.Context, tx *sql.Tx, h *history) error {
	exec := func(query string, args ...any) error {
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("demo %s: %w", h.shop.tenant.ID, err)
		}
		return nil
	}
	for i, st := range h.shop.stores {
		if err := exec("INSERT INTO stores (id, name, city) VALUES (?, ?, ?)", i+1, st.name, st.city); err != nil {
			return err
		}
		for j, name := range st.staff {
			if err := exec("INSERT INTO staff (id, name, store_id) VALUES (?, ?, ?)", h.staff[i][j], name, i+1); err != nil {
				return err
			}
		}
	}
	for _, p := range h.products {
		err := exec("INSERT INTO products (id, sku, name, category, brand, price_cents, cost_cents) VALUES (?, ?, ?, ?, ?, ?, ?)",
			p.id, p.sku, p.name, p.category, p.brand, p.priceCents, p.costCents)
		if err != nil {
			return err
		}
	}
	for i, segment := range h.segment {
		if err := exec("INSERT INTO customers (id, segment) VALUES (?, ?)", i+1, segment); err != nil {
			return err
		}
	}
	return nil
}

// insertDays generates the days from warmup to today and stores those from first on. What is
// generated but not stored was stored before; its returns may still be due.
func insertDays(ctx context.Context, tx *sql.Tx, h *history, warmup, first, today date) (err error) {
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO sale_lines (order_id, business_date, store_id, staff_id, customer_id, product_id,
		quantity, gross_cents, discount_cents, net_cents, cost_cents, returned_quantity, refund_cents)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for d := warmup; d <= today; d++ {
		lines := h.day(d)
		if d < first {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		day := d.String()
		for _, l := range lines {
			if d == today && l.minute > partialMinute {
				break // lines are in the order of the day
			}
			_, err := stmt.Exec(l.orderID, day, l.storeID, l.staffID, l.customerID, l.productID,
				l.quantity, l.gross, l.discount, l.net, l.cost, l.returned, l.refund)
			if err != nil {
				return fmt.Errorf("demo %s, %s: %w", h.shop.tenant.ID, day, err)
			}
		}
	}
	return nil
}
