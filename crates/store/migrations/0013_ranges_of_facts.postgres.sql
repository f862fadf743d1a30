-- The facts of an area are a range of keys, which only an order by bytes finds in the index.
ALTER TABLE event ALTER COLUMN key TYPE TEXT COLLATE "C";
