-- Here keys are in the order of their bytes already.
SELECT 1;
