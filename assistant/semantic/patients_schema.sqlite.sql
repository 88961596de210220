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

-- The findings of each patient's last visit, so that a question about all on file searches for none. It is filled from the
-- view beside it, by ilsai when the file is written (any table x beside a view x_source is).
CREATE TABLE patient_findings (
  patient_id INTEGER PRIMARY KEY, diagnosis TEXT NOT NULL, lens_type TEXT NOT NULL, sphere_hundredths INTEGER
);
CREATE VIEW patient_findings_source AS
SELECT v.patient_id, v.diagnosis, v.lens_type, v.sphere_hundredths
FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.patient_id = v.patient_id AND (w.business_date > v.business_date OR w.business_date = v.business_date AND w.id > v.id));
