-- The shape of a shop's anonymised patient database (patients_anon) that the shipped catalogue expects.
-- No direct identifier has a place here: no name, no address, no contact, no record number of another system, no date of
-- birth. ids are surrogates drawn for this database alone. Dates are business days, YYYY-MM-DD.
CREATE TABLE stores (
  id   BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE patients (
  id             BIGINT PRIMARY KEY, -- surrogate
  birth_year     BIGINT NOT NULL CHECK (birth_year BETWEEN 1900 AND 2099), -- nobody above 89: who is older gets the year that makes 90 (45 CFR 164.514(b)(2)(i)(C))
  insurance_plan TEXT NOT NULL,       -- 'None' for those who pay themselves
  store_id       BIGINT NOT NULL REFERENCES stores (id), -- the store that keeps the file
  first_visit    DATE NOT NULL,       -- the day of the first row in visits
  recall_due     DATE                 -- first day of the month of the next check-up, YYYY-MM-01; moved on by every visit; NULL: none planned
);
-- One row per visit. diagnosis, lens_type: the closed lists below, so that nothing typed by hand gets in.
CREATE TABLE visits (
  id                BIGINT PRIMARY KEY,
  patient_id        BIGINT NOT NULL REFERENCES patients (id),
  store_id          BIGINT NOT NULL REFERENCES stores (id),
  business_date     DATE NOT NULL,
  diagnosis         TEXT NOT NULL CHECK (diagnosis IN ('Myopia', 'Hyperopia', 'Astigmatism', 'Presbyopia', 'Cataract', 'Glaucoma',
                      'Dry eye', 'Macular degeneration', 'Diabetic retinopathy', 'Amblyopia', 'Conjunctivitis', 'No finding')),
  lens_type         TEXT NOT NULL CHECK (lens_type IN ('Single vision', 'Bifocal', 'Progressive', 'Office', 'Contact lenses', 'Myopia control', 'None')),
  sphere_hundredths BIGINT CHECK (sphere_hundredths BETWEEN -3000 AND 3000 AND sphere_hundredths % 25 = 0) -- of the stronger eye: -225 is -2.25 D; NULL: not measured
);
CREATE INDEX visits_by_date ON visits (business_date, patient_id, store_id);
-- Finds each patient's last visit.
CREATE INDEX visits_by_patient ON visits (patient_id, business_date, id);
CREATE INDEX patients_by_recall ON patients (recall_due);

-- The findings of each patient's last visit, so that a question about all on file searches for none. It is filled from the
-- view beside it, by triggers: what a statement changes is made anew before the statement ends.
CREATE TABLE patient_findings (
  patient_id BIGINT PRIMARY KEY, diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, sphere_hundredths BIGINT
);
CREATE VIEW patient_findings_source AS
SELECT v.patient_id, v.diagnosis, v.lens_type, v.sphere_hundredths
FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.patient_id = v.patient_id AND (w.business_date > v.business_date OR w.business_date = v.business_date AND w.id > v.id));
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
CREATE TRIGGER patient_findings_1 AFTER INSERT ON visits REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('patient_findings', 'patient_id');
CREATE TRIGGER patient_findings_2 AFTER DELETE ON visits REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('patient_findings', 'patient_id');
CREATE TRIGGER patient_findings_3 AFTER UPDATE ON visits REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('patient_findings', 'patient_id');
CREATE TRIGGER patient_findings_4 AFTER UPDATE ON visits REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('patient_findings', 'patient_id');
CREATE TRIGGER patient_findings_5 AFTER TRUNCATE ON visits FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup('patient_findings', 'patient_id');
