-- The number of an order tells how many there are: give out something else.
ALTER TABLE shop.orders ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid();
