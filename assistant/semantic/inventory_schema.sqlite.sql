-- The shape of a shop's inventory database that the shipped catalogue expects. It stands alone: it repeats the products
-- and stores it needs and never reads the sales database.
-- Money is in integer cents. Dates are the shop's own business days (its time zone), YYYY-MM-DD.
CREATE TABLE stores (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE suppliers (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE products (
  id             INTEGER PRIMARY KEY,
  sku            TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL UNIQUE,
  category       TEXT NOT NULL, -- Frames, Lenses, Contact lenses, Sunglasses, Accessories, Solutions
  brand          TEXT NOT NULL,
  supplier_id    INTEGER NOT NULL REFERENCES suppliers (id),
  cost_cents     INTEGER NOT NULL CHECK (cost_cents >= 0),
  price_cents    INTEGER NOT NULL CHECK (price_cents >= 0),
  pack_size      INTEGER NOT NULL DEFAULT 1 CHECK (pack_size >= 1),        -- units one can order at least, and in steps of
  lead_time_days INTEGER NOT NULL CHECK (lead_time_days BETWEEN 0 AND 365), -- from order to receipt
  discontinued   INTEGER NOT NULL DEFAULT 0 CHECK (discontinued IN (0, 1))  -- 1: sold off, never reordered
);
-- One row per product a store keeps. on_hand is the sum of the product's movements at the store: never below 0.
CREATE TABLE stock_levels (
  store_id      INTEGER NOT NULL REFERENCES stores (id),
  product_id    INTEGER NOT NULL REFERENCES products (id),
  on_hand       INTEGER NOT NULL CHECK (on_hand >= 0),
  on_order      INTEGER NOT NULL DEFAULT 0 CHECK (on_order >= 0), -- ordered from the supplier, not yet received
  reorder_point INTEGER NOT NULL CHECK (reorder_point >= 0),      -- set by the shop: demand over the lead time and a safety stock
  first_stocked TEXT NOT NULL,                                    -- the day the store first had it
  PRIMARY KEY (store_id, product_id)
);
-- Every change of stock. quantity is signed, never 0: what comes in is positive, what goes out negative.
--   receipt     > 0  from the supplier (the opening stock is one, dated first_stocked)
--   sale        < 0  to a customer
--   return      > 0  back from a customer, into stock
--   adjustment  ±    counted more or less than the books said: breakage, theft, mistakes
--   transfer    ±    between stores: one row below 0 at the one, one above 0 at the other, same day
CREATE TABLE stock_movements (
  id            INTEGER PRIMARY KEY,
  business_date TEXT NOT NULL,
  store_id      INTEGER NOT NULL,
  product_id    INTEGER NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('receipt', 'sale', 'return', 'adjustment', 'transfer')),
  quantity      INTEGER NOT NULL CHECK (quantity <> 0),
  FOREIGN KEY (store_id, product_id) REFERENCES stock_levels (store_id, product_id)
);
-- Covering: recent demand and stock of the past are read from these alone.
CREATE INDEX stock_movements_by_date ON stock_movements (business_date, store_id, product_id, kind, quantity);
CREATE INDEX stock_movements_by_item ON stock_movements (store_id, product_id, business_date, kind, quantity);

-- Rollups: movements added up, so that a year is read in milliseconds. Each is filled from the view beside it,
-- by ilsai when the file is written (any table x beside a view x_source is).
-- stock_totals: what had moved of an item up to the end of a day, since the beginning: what moved between two days is the
-- difference of two rows. moved: all kinds; net: sales and returns; sales: their number.
CREATE TABLE stock_totals (
  store_id INTEGER NOT NULL, product_id INTEGER NOT NULL, business_date TEXT NOT NULL,
  moved INTEGER NOT NULL, net INTEGER NOT NULL, sales INTEGER NOT NULL,
  PRIMARY KEY (store_id, product_id, business_date)
) WITHOUT ROWID;
CREATE VIEW stock_totals_source AS
SELECT store_id, product_id, business_date,
  CAST(SUM(moved) OVER (PARTITION BY store_id, product_id ORDER BY business_date) AS INTEGER) AS moved,
  CAST(SUM(net) OVER (PARTITION BY store_id, product_id ORDER BY business_date) AS INTEGER) AS net,
  CAST(SUM(sales) OVER (PARTITION BY store_id, product_id ORDER BY business_date) AS INTEGER) AS sales
FROM (SELECT store_id, product_id, business_date, SUM(quantity) AS moved, SUM(CASE WHEN kind IN ('sale', 'return') THEN quantity ELSE 0 END) AS net,
  SUM(CASE WHEN kind = 'sale' THEN 1 ELSE 0 END) AS sales FROM stock_movements GROUP BY store_id, product_id, business_date) d;
CREATE TABLE movements_daily_stores (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, sold INTEGER NOT NULL, received INTEGER NOT NULL, lost INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id)
) WITHOUT ROWID;
CREATE VIEW movements_daily_stores_source AS
SELECT business_date, store_id, SUM(CASE WHEN kind IN ('sale', 'return') THEN -quantity ELSE 0 END) AS sold, SUM(CASE WHEN kind = 'receipt' THEN quantity ELSE 0 END) AS received,
  SUM(CASE WHEN kind = 'adjustment' THEN -quantity ELSE 0 END) AS lost
FROM stock_movements GROUP BY business_date, store_id;
CREATE TABLE movements_daily_products (
  business_date TEXT NOT NULL, product_id INTEGER NOT NULL, sold INTEGER NOT NULL, received INTEGER NOT NULL, lost INTEGER NOT NULL,
  PRIMARY KEY (business_date, product_id)
) WITHOUT ROWID;
CREATE VIEW movements_daily_products_source AS
SELECT business_date, product_id, SUM(CASE WHEN kind IN ('sale', 'return') THEN -quantity ELSE 0 END) AS sold, SUM(CASE WHEN kind = 'receipt' THEN quantity ELSE 0 END) AS received,
  SUM(CASE WHEN kind = 'adjustment' THEN -quantity ELSE 0 END) AS lost
FROM stock_movements GROUP BY business_date, product_id;
