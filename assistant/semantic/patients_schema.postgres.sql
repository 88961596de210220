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

-- Rollups: what questions about all on file, or about a year of visits, are answered from in milliseconds. Each is filled from the
-- view beside it, by triggers: what a statement changes is made anew before the statement ends.
-- patient_files: everybody on file with the findings of the last visit; visits is how many there were.
CREATE TABLE patient_files (
  patient_id BIGINT PRIMARY KEY, store_id BIGINT NOT NULL, insurance_plan TEXT NOT NULL, birth_year BIGINT NOT NULL, recall_due DATE,
  diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, sphere_hundredths BIGINT, visits BIGINT NOT NULL
);
CREATE INDEX patient_files_by_visits ON patient_files (visits); -- who came most often
CREATE INDEX patient_files_by_birth ON patient_files (birth_year);
CREATE INDEX patient_files_by_recall ON patient_files (recall_due);
CREATE VIEW patient_files_source AS
SELECT p.id AS patient_id, p.store_id, p.insurance_plan, p.birth_year, p.recall_due, v.diagnosis, v.lens_type, v.sphere_hundredths,
  (SELECT COUNT(*) FROM visits n WHERE n.patient_id = p.id) AS visits
FROM patients p JOIN visits v ON v.patient_id = p.id
WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.patient_id = v.patient_id AND (w.business_date > v.business_date OR w.business_date = v.business_date AND w.id > v.id));
-- patient_groups, patient_recalls: how many of patient_files are alike.
CREATE TABLE patient_groups (
  birth_year BIGINT NOT NULL, store_id BIGINT NOT NULL, insurance_plan TEXT NOT NULL, diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, patients BIGINT NOT NULL,
  PRIMARY KEY (birth_year, store_id, insurance_plan, diagnosis, lens_type)
);
CREATE VIEW patient_groups_source AS
SELECT birth_year, store_id, insurance_plan, diagnosis, lens_type, COUNT(*) AS patients FROM patient_files GROUP BY birth_year, store_id, insurance_plan, diagnosis, lens_type;
CREATE TABLE patient_recalls (
  recall_due DATE NOT NULL, store_id BIGINT NOT NULL, insurance_plan TEXT NOT NULL, patients BIGINT NOT NULL,
  PRIMARY KEY (recall_due, store_id, insurance_plan)
);
CREATE VIEW patient_recalls_source AS
SELECT recall_due, store_id, insurance_plan, COUNT(*) AS patients FROM patient_files WHERE recall_due IS NOT NULL GROUP BY recall_due, store_id, insurance_plan;
-- patient_visits: visits with what is known of the patient. The bands of age are those of the catalogue.
CREATE TABLE patient_visits (
  business_date DATE NOT NULL, id BIGINT NOT NULL, patient_id BIGINT NOT NULL, store_id BIGINT NOT NULL, diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, sphere_hundredths BIGINT,
  insurance_plan TEXT NOT NULL, first_visit DATE NOT NULL, age_band TEXT NOT NULL,
  PRIMARY KEY (business_date, id)
);
CREATE INDEX patient_visits_by_age ON patient_visits (age_band, business_date, patient_id);
CREATE INDEX patient_visits_by_patient ON patient_visits (patient_id);
CREATE VIEW patient_visits_source AS
SELECT v.business_date, v.id, v.patient_id, v.store_id, v.diagnosis, v.lens_type, v.sphere_hundredths, p.insurance_plan, p.first_visit,
  CASE WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 13 THEN 'Under 13' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 18 THEN '13-17' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 30 THEN '18-29' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 40 THEN '30-39'
  WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 50 THEN '40-49' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 60 THEN '50-59' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 70 THEN '60-69' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 80 THEN '70-79' ELSE '80 and over' END AS age_band
FROM visits v JOIN patients p ON p.id = v.patient_id;
-- visits_daily and those below: the visits of a day, and how many people made them. People of several days cannot be added up, since one may
-- come twice; new patients can, because theirs is one day.
CREATE TABLE visits_daily (
  business_date DATE PRIMARY KEY, visits BIGINT NOT NULL, people BIGINT NOT NULL, new_patients BIGINT NOT NULL
);
CREATE VIEW visits_daily_source AS
SELECT v.business_date, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people, COUNT(DISTINCT CASE WHEN p.first_visit = v.business_date THEN v.patient_id END) AS new_patients
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date;
CREATE TABLE visits_daily_stores (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, visits BIGINT NOT NULL, people BIGINT NOT NULL, new_patients BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id)
);
CREATE VIEW visits_daily_stores_source AS
SELECT v.business_date, v.store_id, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people, COUNT(DISTINCT CASE WHEN p.first_visit = v.business_date THEN v.patient_id END) AS new_patients
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date, v.store_id;
CREATE TABLE visits_daily_ages (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, age_band TEXT NOT NULL, visits BIGINT NOT NULL, people BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id, age_band)
);
CREATE VIEW visits_daily_ages_source AS
SELECT v.business_date, v.store_id, CASE WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 13 THEN 'Under 13' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 18 THEN '13-17' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 30 THEN '18-29' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 40 THEN '30-39'
  WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 50 THEN '40-49' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 60 THEN '50-59' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 70 THEN '60-69' WHEN CAST(EXTRACT(YEAR FROM v.business_date) AS BIGINT) - p.birth_year < 80 THEN '70-79' ELSE '80 and over' END AS age_band, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date, v.store_id, 3;
CREATE TABLE visits_daily_diagnoses (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, diagnosis TEXT NOT NULL, visits BIGINT NOT NULL, people BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id, diagnosis)
);
CREATE VIEW visits_daily_diagnoses_source AS
SELECT v.business_date, v.store_id, v.diagnosis, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v GROUP BY v.business_date, v.store_id, v.diagnosis;
CREATE TABLE visits_daily_lenses (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, lens_type TEXT NOT NULL, visits BIGINT NOT NULL, people BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id, lens_type)
);
CREATE VIEW visits_daily_lenses_source AS
SELECT v.business_date, v.store_id, v.lens_type, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v GROUP BY v.business_date, v.store_id, v.lens_type;
CREATE TABLE visits_daily_plans (
  business_date DATE NOT NULL, store_id BIGINT NOT NULL, insurance_plan TEXT NOT NULL, visits BIGINT NOT NULL, people BIGINT NOT NULL,
  PRIMARY KEY (business_date, store_id, insurance_plan)
);
CREATE VIEW visits_daily_plans_source AS
SELECT v.business_date, v.store_id, p.insurance_plan, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date, v.store_id, p.insurance_plan;

CREATE FUNCTION refresh_rollup() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
-- Makes anew what of a rollup has the same value as a changed row in one column. The arguments are the rollup, the column and, where patients
-- changed, those of their columns that it depends on: it is made anew for the visits of patients in which one differs. The
-- values stand in the statement as a list, so that the view is asked for them alone.
DECLARE
  rollup text := format('%I.%I', TG_TABLE_SCHEMA, TG_ARGV[0]);
  source text := format('%I.%I', TG_TABLE_SCHEMA, TG_ARGV[0] || '_source');
  list text;
  kind text;
  differs text;
BEGIN
  EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', rollup); -- one writer at a time; readers are not held up
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('DELETE FROM %s', rollup);
    RETURN NULL;
  END IF;
  IF TG_NARGS = 2 THEN
    EXECUTE format('SELECT array_agg(DISTINCT %1$I)::text, max(pg_typeof(%1$I)::text) FROM changed', TG_ARGV[1]) INTO list, kind;
  ELSE
    SELECT string_agg(format('b.%1$I IS DISTINCT FROM a.%1$I', TG_ARGV[i]), ' OR ') INTO differs FROM generate_series(2, TG_NARGS - 1) i;
    EXECUTE format('SELECT array_agg(DISTINCT v.%1$I)::text, max(pg_typeof(v.%1$I)::text) FROM %2$I.visits v JOIN after_change a ON a.id = v.patient_id JOIN before_change b ON b.id = a.id WHERE %3$s',
      TG_ARGV[1], TG_TABLE_SCHEMA, differs) INTO list, kind;
  END IF;
  IF list IS NOT NULL THEN
    EXECUTE format('DELETE FROM %s WHERE %I = ANY (%L::%s[])', rollup, TG_ARGV[1], list, kind);
    EXECUTE format('INSERT INTO %s SELECT * FROM %s WHERE %I = ANY (%L::%s[])', rollup, source, TG_ARGV[1], list, kind);
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION refresh_rollup() FROM PUBLIC;
DO $$
-- Which tables each rollup follows, by which of its columns, and on which columns of patients it depends.
DECLARE
  follows record;
  event text;
BEGIN
  FOR follows IN SELECT * FROM (VALUES
    ('patient_files', 'visits', 'patient_id', '{birth_year,insurance_plan,store_id,recall_due}'::text[]),
    ('patient_visits', 'visits', 'patient_id', '{birth_year,insurance_plan,first_visit}'),
    ('visits_daily', 'visits', 'business_date', '{first_visit}'),
    ('visits_daily_stores', 'visits', 'business_date', '{first_visit}'),
    ('visits_daily_ages', 'visits', 'business_date', '{birth_year}'),
    ('visits_daily_diagnoses', 'visits', 'business_date', '{}'),
    ('visits_daily_lenses', 'visits', 'business_date', '{}'),
    ('visits_daily_plans', 'visits', 'business_date', '{insurance_plan}'),
    ('patient_groups', 'patient_files', 'birth_year', '{}'),
    ('patient_recalls', 'patient_files', 'recall_due', '{}')) AS t (rollup, source, key, columns) LOOP
    FOREACH event IN ARRAY ARRAY['1 INSERT NEW', '2 DELETE OLD', '3 UPDATE OLD', '4 UPDATE NEW'] LOOP
      EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup(%L, %L)',
        follows.rollup || '_' || split_part(event, ' ', 1), split_part(event, ' ', 2), follows.source, split_part(event, ' ', 3), follows.rollup, follows.key);
    END LOOP;
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup(%L, %L)', follows.rollup || '_5', follows.source, follows.rollup, follows.key);
    IF cardinality(follows.columns) > 0 THEN
      EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON patients REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION refresh_rollup(%L, %L, %s)',
        follows.rollup || '_6', follows.rollup, follows.key, (SELECT string_agg(quote_literal(c), ', ') FROM unnest(follows.columns) c));
    END IF;
  END LOOP;
END $$;
