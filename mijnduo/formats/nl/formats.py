DATE_FORMAT = "j F Y"
TIME_FORMAT = "H.i \\u\\u\\r"
DATETIME_FORMAT = "j F Y \\o\\m H.i \\u\\u\\r"
SHORT_DATE_FORMAT = "d-m-Y"
SHORT_DATETIME_FORMAT = "d-m-Y H.i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d-%m-%Y"]
