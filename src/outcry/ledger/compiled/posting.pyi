from outcry.ledger.check import first_wrong as first_wrong
from outcry.ledger.days import add_trade as add_trade
from outcry.ledger.posting import post_all as post_all
