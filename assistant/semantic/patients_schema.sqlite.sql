-- The shape of a shop's anonymised patient database (patients_anon) that the shipped catalogue expects.
-- No direct identifier has a place here: no name, no address, no contact, no record number of another system, no date of
-- birth. ids are surrogates drawn for this database alone. Dates are business days, YYYY-MM-DD.
CREATE TABLE stores (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
);
CREATE TABLE patients (
  id             INTEGER PRIMARY KEY, -- surrogate
  birth_year     INTEGER NOT NULL CHECK (birth_year BETWEEN 1900 AND 2099), -- nobody above 89: who is older gets the year that makes 90 (45 CFR 164.514(b)(2)(i)(C))
  insurance_plan TEXT NOT NULL,       -- 'None' for those who pay themselves
  store_id       INTEGER NOT NULL REFERENCES stores (id), -- the store that keeps the file
  first_visit    TEXT NOT NULL,       -- the day of the first row in visits
  recall_due     TEXT                 -- first day of the month of the next check-up, YYYY-MM-01; moved on by every visit; NULL: none planned
);
-- One row per visit. diagnosis, lens_type: the closed lists below, so that nothing typed by hand gets in.
CREATE TABLE visits (
  id                INTEGER PRIMARY KEY,
  patient_id        INTEGER NOT NULL REFERENCES patients (id),
  store_id          INTEGER NOT NULL REFERENCES stores (id),
  business_date     TEXT NOT NULL,
  diagnosis         TEXT NOT NULL CHECK (diagnosis IN ('Myopia', 'Hyperopia', 'Astigmatism', 'Presbyopia', 'Cataract', 'Glaucoma',
                      'Dry eye', 'Macular degeneration', 'Diabetic retinopathy', 'Amblyopia', 'Conjunctivitis', 'No finding')),
  lens_type         TEXT NOT NULL CHECK (lens_type IN ('Single vision', 'Bifocal', 'Progressive', 'Office', 'Contact lenses', 'Myopia control', 'None')),
  sphere_hundredths INTEGER CHECK (sphere_hundredths BETWEEN -3000 AND 3000 AND sphere_hundredths % 25 = 0) -- of the stronger eye: -225 is -2.25 D; NULL: not measured
);
CREATE INDEX visits_by_date ON visits (business_date, patient_id, store_id);
-- Finds each patient's last visit.
CREATE INDEX visits_by_patient ON visits (patient_id, business_date, id);
CREATE INDEX patients_by_recall ON patients (recall_due);

-- Rollups: what questions about all on file, or about a year of visits, are answered from in milliseconds. Each is filled from the
-- view beside it, by ilsai when the file is written (any table x beside a view x_source is).
-- patient_files: everybody on file with the findings of the last visit; visits is how many there were.
CREATE TABLE patient_files (
  patient_id INTEGER PRIMARY KEY, store_id INTEGER NOT NULL, insurance_plan TEXT NOT NULL, birth_year INTEGER NOT NULL, recall_due TEXT,
  diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, sphere_hundredths INTEGER, visits INTEGER NOT NULL
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
  birth_year INTEGER NOT NULL, store_id INTEGER NOT NULL, insurance_plan TEXT NOT NULL, diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, patients INTEGER NOT NULL,
  PRIMARY KEY (birth_year, store_id, insurance_plan, diagnosis, lens_type)
) WITHOUT ROWID;
CREATE VIEW patient_groups_source AS
SELECT birth_year, store_id, insurance_plan, diagnosis, lens_type, COUNT(*) AS patients FROM patient_files GROUP BY birth_year, store_id, insurance_plan, diagnosis, lens_type;
CREATE TABLE patient_recalls (
  recall_due TEXT NOT NULL, store_id INTEGER NOT NULL, insurance_plan TEXT NOT NULL, patients INTEGER NOT NULL,
  PRIMARY KEY (recall_due, store_id, insurance_plan)
) WITHOUT ROWID;
CREATE VIEW patient_recalls_source AS
SELECT recall_due, store_id, insurance_plan, COUNT(*) AS patients FROM patient_files WHERE recall_due IS NOT NULL GROUP BY recall_due, store_id, insurance_plan;
-- patient_visits: visits with what is known of the patient. The bands of age are those of the catalogue.
CREATE TABLE patient_visits (
  business_date TEXT NOT NULL, id INTEGER NOT NULL, patient_id INTEGER NOT NULL, store_id INTEGER NOT NULL, diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, sphere_hundredths INTEGER,
  insurance_plan TEXT NOT NULL, first_visit TEXT NOT NULL, age_band TEXT NOT NULL,
  PRIMARY KEY (business_date, id)
) WITHOUT ROWID;
CREATE INDEX patient_visits_by_age ON patient_visits (age_band, business_date, patient_id);
CREATE VIEW patient_visits_source AS
SELECT v.business_date, v.id, v.patient_id, v.store_id, v.diagnosis, v.lens_type, v.sphere_hundredths, p.insurance_plan, p.first_visit,
  CASE WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 13 THEN 'Under 13' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 18 THEN '13-17' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 30 THEN '18-29' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 40 THEN '30-39'
  WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 50 THEN '40-49' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 60 THEN '50-59' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 70 THEN '60-69' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 80 THEN '70-79' ELSE '80 and over' END AS age_band
FROM visits v JOIN patients p ON p.id = v.patient_id;
-- visits_daily and those below: the visits of a day, and how many people made them. People of several days cannot be added up, since one may
-- come twice; new patients can, because theirs is one day.
CREATE TABLE visits_daily (
  business_date TEXT PRIMARY KEY, visits INTEGER NOT NULL, people INTEGER NOT NULL, new_patients INTEGER NOT NULL
);
CREATE VIEW visits_daily_source AS
SELECT v.business_date, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people, COUNT(DISTINCT CASE WHEN p.first_visit = v.business_date THEN v.patient_id END) AS new_patients
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date;
CREATE TABLE visits_daily_stores (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, visits INTEGER NOT NULL, people INTEGER NOT NULL, new_patients INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id)
) WITHOUT ROWID;
CREATE VIEW visits_daily_stores_source AS
SELECT v.business_date, v.store_id, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people, COUNT(DISTINCT CASE WHEN p.first_visit = v.business_date THEN v.patient_id END) AS new_patients
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date, v.store_id;
CREATE TABLE visits_daily_ages (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, age_band TEXT NOT NULL, visits INTEGER NOT NULL, people INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id, age_band)
) WITHOUT ROWID;
CREATE VIEW visits_daily_ages_source AS
SELECT v.business_date, v.store_id, CASE WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 13 THEN 'Under 13' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 18 THEN '13-17' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 30 THEN '18-29' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 40 THEN '30-39'
  WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 50 THEN '40-49' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 60 THEN '50-59' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 70 THEN '60-69' WHEN CAST(substr(v.business_date, 1, 4) AS INTEGER) - p.birth_year < 80 THEN '70-79' ELSE '80 and over' END AS age_band, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date, v.store_id, 3;
CREATE TABLE visits_daily_diagnoses (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, diagnosis TEXT NOT NULL, visits INTEGER NOT NULL, people INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id, diagnosis)
) WITHOUT ROWID;
CREATE VIEW visits_daily_diagnoses_source AS
SELECT v.business_date, v.store_id, v.diagnosis, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v GROUP BY v.business_date, v.store_id, v.diagnosis;
CREATE TABLE visits_daily_lenses (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, lens_type TEXT NOT NULL, visits INTEGER NOT NULL, people INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id, lens_type)
) WITHOUT ROWID;
CREATE VIEW visits_daily_lenses_source AS
SELECT v.business_date, v.store_id, v.lens_type, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v GROUP BY v.business_date, v.store_id, v.lens_type;
CREATE TABLE visits_daily_plans (
  business_date TEXT NOT NULL, store_id INTEGER NOT NULL, insurance_plan TEXT NOT NULL, visits INTEGER NOT NULL, people INTEGER NOT NULL,
  PRIMARY KEY (business_date, store_id, insurance_plan)
) WITHOUT ROWID;
CREATE VIEW visits_daily_plans_source AS
SELECT v.business_date, v.store_id, p.insurance_plan, COUNT(*) AS visits, COUNT(DISTINCT v.patient_id) AS people
FROM visits v JOIN patients p ON p.id = v.patient_id GROUP BY v.business_date, v.store_id, p.insurance_plan;
