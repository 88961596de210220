-- The shape of a shop's sales database that the shipped catalogue expects.
-- Money is in integer cents. business_date is the shop's own trading day (its time zone), YYYY-MM-DD.
CREATE TABLE stores (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE staff (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  store_id INTEGER NOT NULL REFERENCES stores (id)
);
CREATE TABLE products (
  id          INTEGER PRIMARY KEY,
  sku         TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL UNIQUE,
  category    TEXT NOT NULL,
  brand       TEXT NOT NULL,
  price_cents INTEGER NOT NULL,
  cost_cents  INTEGER NOT NULL
);
CREATE TABLE customers (
  id      INTEGER PRIMARY KEY,
  segment TEXT NOT NULL -- no name, no address: the assistant needs neither
);
-- One row per line of an order, and one per returned line: a return is dated on the day it came back, with quantity and
-- amounts 0 and returned_quantity and refund_cents set. net_cents = gross_cents - discount_cents.
CREATE TABLE sale_lines (
  id                INTEGER PRIMARY KEY,
  order_id          INTEGER NOT NULL,
  business_date     TEXT NOT NULL,
  store_id          INTEGER NOT NULL REFERENCES stores (id),
  staff_id          INTEGER NOT NULL REFERENCES staff (id),
  customer_id       INTEGER NOT NULL REFERENCES customers (id),
  product_id        INTEGER NOT NULL REFERENCES products (id),
  quantity          INTEGER NOT NULL,
  gross_cents       INTEGER NOT NULL,
  discount_cents    INTEGER NOT NULL,
  net_cents         INTEGER NOT NULL,
  cost_cents        INTEGER NOT NULL,
  returned_quantity INTEGER NOT NULL DEFAULT 0,
  refund_cents      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sale_lines_by_date ON sale_lines (business_date);

-- Rollups: the lines of a day added up, so that a year is read in milliseconds. Each is filled from the view beside it,
-- by ilsai when the file is written (any table x beside a view x_source is).
CREATE TABLE sales_daily_stores (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL,
  orders INTEGER NOT NULL, quantity INTEGER NOT NULL, gross_cents INTEGER NOT NULL, discount_cents INTEGER NOT NULL, net_cents INTEGER NOT NULL,
  cost_cents INTEGER NOT NULL, returned_quantity INTEGER NOT NULL, refund_cents INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id)
) WITHOUT ROWID;
CREATE VIEW sales_daily_stores_source AS
SELECT business_date, store_id, COUNT(DISTINCT CASE WHEN quantity > 0 THEN order_id END) AS orders, SUM(quantity) AS quantity, SUM(gross_cents) AS gross_cents,
  SUM(discount_cents) AS discount_cents, SUM(net_cents) AS net_cents, SUM(cost_cents) AS cost_cents, SUM(returned_quantity) AS returned_quantity, SUM(refund_cents) AS refund_cents
FROM sale_lines GROUP BY business_date, store_id;
CREATE TABLE sales_daily_staff (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, staff_id INTEGER NOT NULL, segment TEXT NOT NULL,
  orders INTEGER NOT NULL, quantity INTEGER NOT NULL, gross_cents INTEGER NOT NULL, discount_cents INTEGER NOT NULL, net_cents INTEGER NOT NULL,
  cost_cents INTEGER NOT NULL, returned_quantity INTEGER NOT NULL, refund_cents INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id, staff_id, segment)
) WITHOUT ROWID;
CREATE VIEW sales_daily_staff_source AS
SELECT f.business_date, f.store_id, f.staff_id, c.segment, COUNT(DISTINCT CASE WHEN f.quantity > 0 THEN f.order_id END) AS orders, SUM(f.quantity) AS quantity, SUM(f.gross_cents) AS gross_cents,
  SUM(f.discount_cents) AS discount_cents, SUM(f.net_cents) AS net_cents, SUM(f.cost_cents) AS cost_cents, SUM(f.returned_quantity) AS returned_quantity, SUM(f.refund_cents) AS refund_cents
FROM sale_lines f JOIN customers c ON c.id = f.customer_id GROUP BY f.business_date, f.store_id, f.staff_id, c.segment;
CREATE TABLE sales_daily_categories (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, category TEXT NOT NULL,
  orders INTEGER NOT NULL, quantity INTEGER NOT NULL, gross_cents INTEGER NOT NULL, discount_cents INTEGER NOT NULL, net_cents INTEGER NOT NULL,
  cost_cents INTEGER NOT NULL, returned_quantity INTEGER NOT NULL, refund_cents INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id, category)
) WITHOUT ROWID;
CREATE VIEW sales_daily_categories_source AS
SELECT f.business_date, f.store_id, p.category, COUNT(DISTINCT CASE WHEN f.quantity > 0 THEN f.order_id END) AS orders, SUM(f.quantity) AS quantity, SUM(f.gross_cents) AS gross_cents,
  SUM(f.discount_cents) AS discount_cents, SUM(f.net_cents) AS net_cents, SUM(f.cost_cents) AS cost_cents, SUM(f.returned_quantity) AS returned_quantity, SUM(f.refund_cents) AS refund_cents
FROM sale_lines f JOIN products p ON p.id = f.product_id GROUP BY f.business_date, f.store_id, p.category;
CREATE TABLE sales_daily_products (
  business_date TEXT NOT NULL, product_id INTEGER NOT NULL,
  quantity INTEGER NOT NULL, gross_cents INTEGER NOT NULL, discount_cents INTEGER NOT NULL, net_cents INTEGER NOT NULL,
  cost_cents INTEGER NOT NULL, returned_quantity INTEGER NOT NULL, refund_cents INTEGER NOT NULL,
  PRIMARY KEY (business_date, product_id)
) WITHOUT ROWID;
CREATE VIEW sales_daily_products_source AS
SELECT business_date, product_id, SUM(quantity) AS quantity, SUM(gross_cents) AS gross_cents, SUM(discount_cents) AS discount_cents, SUM(net_cents) AS net_cents,
  SUM(cost_cents) AS cost_cents, SUM(returned_quantity) AS returned_quantity, SUM(refund_cents) AS refund_cents
FROM sale_lines GROUP BY business_date, product_id;
