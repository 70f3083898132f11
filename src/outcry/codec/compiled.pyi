from outcry.codec.notices import check_offered as check_offered
from outcry.codec.plain import check_records as check_records
from outcry.codec.plain import decode_events as decode_events
from outcry.codec.plain import decode_outcomes as decode_outcomes
from outcry.codec.plain import place_order as place_order
from outcry.codec.plain import stamp as stamp
