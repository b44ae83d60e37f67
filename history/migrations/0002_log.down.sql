DROP VIEW understudy.generations, understudy.gates, understudy.warnings, understudy.tables, understudy.stages;
DROP TABLE understudy.log;
ALTER TABLE understudy.runs DROP COLUMN stage;
