-- The shape of a shop's sales database that the shipped catalogue expects.
-- Money is in integer cents. business_date is the shop's own trading day (its time zone), YYYY-MM-DD.
CREATE TABLE stores (
  id   BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE staff (
  id       BIGINT PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  store_id BIGINT NOT NULL REFERENCES stores (id)
);
CREATE TABLE products (
  id          BIGINT PRIMARY KEY,
  sku         TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL UNIQUE,
  category    TEXT NOT NULL,
  brand       TEXT NOT NULL,
  price_cents BIGINT NOT NULL,
  cost_cents  BIGINT NOT NULL
);
CREATE TABLE customers (
  id      BIGINT PRIMARY KEY,
  segment TEXT NOT NULL -- no name, no address: the assistant needs neither
);
-- One row per line of an order, and one per returned line: a return is dated on the day it came back, with quantity and
-- amounts 0 and returned_quantity and refund_cents set. net_cents = gross_cents - discount_cents.
CREATE TABLE sale_lines (
  id                BIGINT PRIMARY KEY,
  order_id          BIGINT NOT NULL,
  business_date     DATE NOT NULL,
  store_id          BIGINT NOT NULL REFERENCES stores (id),
  staff_id          BIGINT NOT NULL REFERENCES staff (id),
  customer_id       BIGINT NOT NULL REFERENCES customers (id),
  product_id        BIGINT NOT NULL REFERENCES products (id),
  quantity          BIGINT NOT NULL,
  gross_cents       BIGINT NOT NULL,
  discount_cents    BIGINT NOT NULL,
  net_cents         BIGINT NOT NULL,
  cost_cents        BIGINT NOT NULL,
  returned_quantity BIGINT NOT NULL DEFAULT 0,
  refund_cents      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sale_lines_by_date ON sale_lines (business_date);

-- Rollups: the lines of a day added up, so that a year is read in milliseconds. Each is filled from the view beside it,
-- by triggers: what a statement changes is added up anew before the statement ends.
CREATE TABLE sales_daily_stores (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL,
  orders BIGINT NOT NULL, quantity BIGINT NOT NULL, gross_cents BIGINT NOT NULL, discount_cents BIGINT NOT NULL, net_cents BIGINT NOT NULL,
  cost_cents BIGINT NOT NULL, returned_quantity BIGINT NOT NULL, refund_cents BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id)
);
CREATE VIEW sales_daily_stores_source AS
SELECT business_date, store_id, COUNT(DISTINCT CASE WHEN quantity > 0 THEN order_id END) AS orders, SUM(quantity) AS quantity, SUM(gross_cents) AS gross_cents,
  SUM(discount_cents) AS discount_cents, SUM(net_cents) AS net_cents, SUM(cost_cents) AS cost_cents, SUM(returned_quantity) AS returned_quantity, SUM(refund_cents) AS refund_cents
FROM sale_lines GROUP BY business_date, store_id;
CREATE TABLE sales_daily_staff (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, staff_id BIGINT NOT NULL, segment TEXT NOT NULL,
  orders BIGINT NOT NULL, quantity BIGINT NOT NULL, gross_cents BIGINT NOT NULL, discount_cents BIGINT NOT NULL, net_cents BIGINT NOT NULL,
  cost_cents BIGINT NOT NULL, returned_quantity BIGINT NOT NULL, refund_cents BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id, staff_id, segment)
);
CREATE VIEW sales_daily_staff_source AS
SELECT f.business_date, f.store_id, f.staff_id, c.segment, COUNT(DISTINCT CASE WHEN f.quantity > 0 THEN f.order_id END) AS orders, SUM(f.quantity) AS quantity, SUM(f.gross_cents) AS gross_cents,
  SUM(f.discount_cents) AS discount_cents, SUM(f.net_cents) AS net_cents, SUM(f.cost_cents) AS cost_cents, SUM(f.returned_quantity) AS returned_quantity, SUM(f.refund_cents) AS refund_cents
FROM sale_lines f JOIN customers c ON c.id = f.customer_id GROUP BY f.business_date, f.store_id, f.staff_id, c.segment;
CREATE TABLE sales_daily_categories (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, category TEXT NOT NULL,
  orders BIGINT NOT NULL, quantity BIGINT NOT NULL, gross_cents BIGINT NOT NULL, discount_cents BIGINT NOT NULL, net_cents BIGINT NOT NULL,
  cost_cents BIGINT NOT NULL, returned_quantity BIGINT NOT NULL, refund_cents BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id, category)
);
CREATE VIEW sales_daily_categories_source AS
SELECT f.business_date, f.store_id, p.category, COUNT(DISTINCT CASE WHEN f.quantity > 0 THEN f.order_id END) AS orders, SUM(f.quantity) AS quantity, SUM(f.gross_cents) AS gross_cents,
  SUM(f.discount_cents) AS discount_cents, SUM(f.net_cents) AS net_cents, SUM(f.cost_cents) AS cost_cents, SUM(f.returned_quantity) AS returned_quantity, SUM(f.refund_cents) AS refund_cents
FROM sale_lines f JOIN products p ON p.id = f.product_id GROUP BY f.business_date, f.store_id, p.category;
CREATE TABLE sales_daily_products (
  business_date DATE NOT NULL, product_id BIGINT NOT NULL,
  quantity BIGINT NOT NULL, gross_cents BIGINT NOT NULL, discount_cents BIGINT NOT NULL, net_cents BIGINT NOT NULL,
  cost_cents BIGINT NOT NULL, returned_quantity BIGINT NOT NULL, refund_cents BIGINT NOT NULL,
  PRIMARY KEY (business_date, product_id)
);
CREATE VIEW sales_daily_products_source AS
SELECT business_date, product_id, SUM(quantity) AS quantity, SUM(gross_cents) AS gross_cents, SUM(discount_cents) AS discount_cents, SUM(net_cents) AS net_cents,
  SUM(cost_cents) AS cost_cents, SUM(returned_quantity) AS returned_quantity, SUM(refund_cents) AS refund_cents
FROM sale_lines GROUP BY business_date, product_id;
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
CREATE TRIGGER sales_daily_stores_1 AFTER INSERT ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_stores', 'business_date');
CREATE TRIGGER sales_daily_stores_2 AFTER DELETE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_stores', 'business_date');
CREATE TRIGGER sales_daily_stores_3 AFTER UPDATE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_stores', 'business_date');
CREATE TRIGGER sales_daily_stores_4 AFTER UPDATE ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_stores', 'business_date');
CREATE TRIGGER sales_daily_stores_5 AFTER TRUNCATE ON sale_lines FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_stores', 'business_date');
CREATE TRIGGER sales_daily_staff_1 AFTER INSERT ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_staff', 'business_date');
CREATE TRIGGER sales_daily_staff_2 AFTER DELETE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_staff', 'business_date');
CREATE TRIGGER sales_daily_staff_3 AFTER UPDATE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_staff', 'business_date');
CREATE TRIGGER sales_daily_staff_4 AFTER UPDATE ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_staff', 'business_date');
CREATE TRIGGER sales_daily_staff_5 AFTER TRUNCATE ON sale_lines FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_staff', 'business_date');
CREATE TRIGGER sales_daily_categories_1 AFTER INSERT ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_categories', 'business_date');
CREATE TRIGGER sales_daily_categories_2 AFTER DELETE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_categories', 'business_date');
CREATE TRIGGER sales_daily_categories_3 AFTER UPDATE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_categories', 'business_date');
CREATE TRIGGER sales_daily_categories_4 AFTER UPDATE ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_categories', 'business_date');
CREATE TRIGGER sales_daily_categories_5 AFTER TRUNCATE ON sale_lines FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_categories', 'business_date');
CREATE TRIGGER sales_daily_products_1 AFTER INSERT ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_products', 'business_date');
CREATE TRIGGER sales_daily_products_2 AFTER DELETE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_products', 'business_date');
CREATE TRIGGER sales_daily_products_3 AFTER UPDATE ON sale_lines REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_products', 'business_date');
CREATE TRIGGER sales_daily_products_4 AFTER UPDATE ON sale_lines REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_products', 'business_date');
CREATE TRIGGER sales_daily_products_5 AFTER TRUNCATE ON sale_lines FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('sales_daily_products', 'business_date');
CREATE FUNCTION refresh_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- A customer's segment or a product's category changes: the days on which it was sold (to) are added up anew. The arguments are
-- the rollup, the column that changed, and the one of sale_lines that names the row.
DECLARE
  rollup text := format('%I.%I', TG_TABLE_SCHEMA, TG_ARGV[0]);
  source text := format('%I.%I', TG_TABLE_SCHEMA, TG_ARGV[0] || '_source');
  days date[];
BEGIN
  EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', rollup);
  EXECUTE format('SELECT array_agg(DISTINCT f.business_date) FROM %I.sale_lines f JOIN after_change a ON a.id = f.%I JOIN before_change b ON b.id = a.id AND b.%3$I <> a.%3$I',
    TG_TABLE_SCHEMA, TG_ARGV[2], TG_ARGV[1]) INTO days;
  EXECUTE format('DELETE FROM %s WHERE business_date = ANY ($1)', rollup) USING days;
  EXECUTE format('INSERT INTO %s SELECT * FROM %s WHERE business_date = ANY ($1)', rollup, source) USING days;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION refresh_days() FROM PUBLIC;
CREATE TRIGGER sales_daily_staff_6 AFTER UPDATE ON customers REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
  FOR EACH STATEMENT EXECUTE FUNCTION refresh_days('sales_daily_staff', 'segment', 'customer_id');
CREATE TRIGGER sales_daily_categories_6 AFTER UPDATE ON products REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
  FOR EACH STATEMENT EXECUTE FUNCTION refresh_days('sales_daily_categories', 'category', 'product_id');
