ALTER TABLE shop.orders DROP COLUMN public_id;
