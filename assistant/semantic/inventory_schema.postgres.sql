-- The shape of a shop's inventory database that the shipped catalogue expects. It stands alone: it repeats the products
-- and stores it needs and never reads the sales database.
-- Money is in integer cents. Dates are the shop's own business days (its time zone), YYYY-MM-DD.
CREATE TABLE stores (
  id   BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE suppliers (
  id   BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE products (
  id             BIGINT PRIMARY KEY,
  sku            TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL UNIQUE,
  category       TEXT NOT NULL, -- Frames, Lenses, Contact lenses, Sunglasses, Accessories, Solutions
  brand          TEXT NOT NULL,
  supplier_id    BIGINT NOT NULL REFERENCES suppliers (id),
  cost_cents     BIGINT NOT NULL CHECK (cost_cents >= 0),
  price_cents    BIGINT NOT NULL CHECK (price_cents >= 0),
  pack_size      BIGINT NOT NULL DEFAULT 1 CHECK (pack_size >= 1),        -- units one can order at least, and in steps of
  lead_time_days BIGINT NOT NULL CHECK (lead_time_days BETWEEN 0 AND 365), -- from order to receipt
  discontinued   BIGINT NOT NULL DEFAULT 0 CHECK (discontinued IN (0, 1))  -- 1: sold off, never reordered
);
-- One row per product a store keeps. on_hand is the sum of the product's movements at the store: never below 0.
CREATE TABLE stock_levels (
  store_id      BIGINT NOT NULL REFERENCES stores (id),
  product_id    BIGINT NOT NULL REFERENCES products (id),
  on_hand       BIGINT NOT NULL CHECK (on_hand >= 0),
  on_order      BIGINT NOT NULL DEFAULT 0 CHECK (on_order >= 0), -- ordered from the supplier, not yet received
  reorder_point BIGINT NOT NULL CHECK (reorder_point >= 0),      -- set by the shop: demand over the lead time and a safety stock
  first_stocked DATE NOT NULL,                                    -- the day the store first had it
  PRIMARY KEY (store_id, product_id)
);
-- Every change of stock. quantity is signed, never 0: what comes in is positive, what goes out negative.
--   receipt     > 0  from the supplier (the opening stock is one, dated first_stocked)
--   sale        < 0  to a customer
--   return      > 0  back from a customer, into stock
--   adjustment  ±    counted more or less than the books said: breakage, theft, mistakes
--   transfer    ±    between stores: one row below 0 at the one, one above 0 at the other, same day
CREATE TABLE stock_movements (
  id            BIGINT PRIMARY KEY,
  business_date DATE NOT NULL,
  store_id      BIGINT NOT NULL,
  product_id    BIGINT NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('receipt', 'sale', 'return', 'adjustment', 'transfer')),
  quantity      BIGINT NOT NULL CHECK (quantity <> 0),
  FOREIGN KEY (store_id, product_id) REFERENCES stock_levels (store_id, product_id)
);
-- Covering: recent demand and stock of the past are read from these alone.
CREATE INDEX stock_movements_by_date ON stock_movements (business_date, store_id, product_id, kind, quantity);
CREATE INDEX stock_movements_by_item ON stock_movements (store_id, product_id, business_date, kind, quantity);

-- Rollups: movements added up, so that a year is read in milliseconds. Each is filled from the view beside it,
-- by triggers: what a statement changes is added up anew before the statement ends.
-- stock_totals: what had moved of an item up to the end of a day, since the beginning: what moved between two days is the
-- difference of two rows. moved: all kinds; net: sales and returns; sales: their number.
CREATE TABLE stock_totals (
  store_id BIGINT NOT NULL, product_id BIGINT NOT NULL, business_date DATE NOT NULL,
  moved BIGINT NOT NULL, net BIGINT NOT NULL, sales BIGINT NOT NULL,
  PRIMARY KEY (store_id, product_id, business_date)
);
CREATE VIEW stock_totals_source AS
SELECT store_id, product_id, business_date,
  CAST(SUM(moved) OVER (PARTITION BY store_id, product_id ORDER BY business_date) AS BIGINT) AS moved,
  CAST(SUM(net) OVER (PARTITION BY store_id, product_id ORDER BY business_date) AS BIGINT) AS net,
  CAST(SUM(sales) OVER (PARTITION BY store_id, product_id ORDER BY business_date) AS BIGINT) AS sales
FROM (SELECT store_id, product_id, business_date, SUM(quantity) AS moved, SUM(CASE WHEN kind IN ('sale', 'return') THEN quantity ELSE 0 END) AS net,
  SUM(CASE WHEN kind = 'sale' THEN 1 ELSE 0 END) AS sales FROM stock_movements GROUP BY store_id, product_id, business_date) d;
CREATE TABLE movements_daily_stores (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, sold BIGINT NOT NULL, received BIGINT NOT NULL, lost BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id)
);
CREATE VIEW movements_daily_stores_source AS
SELECT business_date, store_id, SUM(CASE WHEN kind IN ('sale', 'return') THEN -quantity ELSE 0 END) AS sold, SUM(CASE WHEN kind = 'receipt' THEN quantity ELSE 0 END) AS received,
  SUM(CASE WHEN kind = 'adjustment' THEN -quantity ELSE 0 END) AS lost
FROM stock_movements GROUP BY business_date, store_id;
CREATE TABLE movements_daily_products (
  business_date DATE NOT NULL, product_id BIGINT NOT NULL, sold BIGINT NOT NULL, received BIGINT NOT NULL, lost BIGINT NOT NULL,
  PRIMARY KEY (business_date, product_id)
);
CREATE VIEW movements_daily_products_source AS
SELECT business_date, product_id, SUM(CASE WHEN kind IN ('sale', 'return') THEN -quantity ELSE 0 END) AS sold, SUM(CASE WHEN kind = 'receipt' THEN quantity ELSE 0 END) AS received,
  SUM(CASE WHEN kind = 'adjustment' THEN -quantity ELSE 0 END) AS lost
FROM stock_movements GROUP BY business_date, product_id;
CREATE FUNCTION refresh_rollup() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- The arguments are the rollup and the columns that name what of it is made anew: those of the changed rows.
DECLARE
  rollup text := format('%I.%I', TG_TABLE_SCHEMA, TG_ARGV[0]);
  source text := format('%I.%I', TG_TABLE_SCHEMA, TG_ARGV[0] || '_source');
  names text := quote_ident(TG_ARGV[1]);
BEGIN
  EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', rollup); -- one writer at a time; readers are not held up
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('DELETE FROM %s', rollup);
    RETURN NULL;
  END IF;
  FOR i IN 2 .. TG_NARGS - 1 LOOP
    names := names || ', ' || quote_ident(TG_ARGV[i]);
  END LOOP;
  EXECUTE format('DELETE FROM %s WHERE (%s) IN (SELECT DISTINCT %s FROM changed)', rollup, names, names);
  EXECUTE format('INSERT INTO %s SELECT * FROM %s WHERE (%s) IN (SELECT DISTINCT %s FROM changed)', rollup, source, names, names);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION refresh_rollup() FROM PUBLIC;
CREATE TRIGGER stock_totals_1 AFTER INSERT ON stock_movements REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('stock_totals', 'store_id', 'product_id');
CREATE TRIGGER stock_totals_2 AFTER DELETE ON stock_movements REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('stock_totals', 'store_id', 'product_id');
CREATE TRIGGER stock_totals_3 AFTER UPDATE ON stock_movements REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('stock_totals', 'store_id', 'product_id');
CREATE TRIGGER stock_totals_4 AFTER UPDATE ON stock_movements REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('stock_totals', 'store_id', 'product_id');
CREATE TRIGGER stock_totals_5 AFTER TRUNCATE ON stock_movements FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('stock_totals', 'store_id', 'product_id');
CREATE TRIGGER movements_daily_stores_1 AFTER INSERT ON stock_movements REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_stores', 'business_date');
CREATE TRIGGER movements_daily_stores_2 AFTER DELETE ON stock_movements REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_stores', 'business_date');
CREATE TRIGGER movements_daily_stores_3 AFTER UPDATE ON stock_movements REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_stores', 'business_date');
CREATE TRIGGER movements_daily_stores_4 AFTER UPDATE ON stock_movements REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_stores', 'business_date');
CREATE TRIGGER movements_daily_stores_5 AFTER TRUNCATE ON stock_movements FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_stores', 'business_date');
CREATE TRIGGER movements_daily_products_1 AFTER INSERT ON stock_movements REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_products', 'business_date');
CREATE TRIGGER movements_daily_products_2 AFTER DELETE ON stock_movements REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_products', 'business_date');
CREATE TRIGGER movements_daily_products_3 AFTER UPDATE ON stock_movements REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_products', 'business_date');
CREATE TRIGGER movements_daily_products_4 AFTER UPDATE ON stock_movements REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_products', 'business_date');
CREATE TRIGGER movements_daily_products_5 AFTER TRUNCATE ON stock_movements FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('movements_daily_products', 'business_date');
