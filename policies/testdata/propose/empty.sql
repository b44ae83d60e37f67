create view nothing as select 1;
