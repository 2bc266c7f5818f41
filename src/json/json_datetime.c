/*-------------------------------------------------------------------------
 *
 * json_datetime.c
 *	  Dates and timestamps as JSON text, the way core's JsonEncodeDateTime
 *	  writes them.
 *
 * Nearly every row has a created_at and an updated_at, and core spends most of
 * their time on finding the zone's offset for each value anew and on formatting
 * for all styles.  Here the offset is remembered up to the zone's next change,
 * and only years 1 to 9999 are formatted; the rest is left to core.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/settings.h"
#include "catalog/pg_type_d.h"
#include "json/json_number.h"
#include "json/json_writer.h"
#include "pgtime.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/timestamp.h"

/* 0001-01-01 and 9999-12-31, counted from 2000-01-01 */
#define FIRST_DAY	INT64CONST(-730119)
#define LAST_DAY	INT64CONST(2921939)

/* 2000-01-01 in the seconds that zones count in */
#define UNIX_SECONDS \
	((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (pg_time_t) SECS_PER_DAY)

/* days written last, by the last bits of their number: rows of a table are often of few */
#define KNOWN_DAYS 512

typedef struct KnownDay
{
	int32		number;			/* FIRST_DAY is 1; 0: none is known */
	char		text[sizeof("2024-02-29") - 1];
} KnownDay;

static KnownDay known_days[KNOWN_DAYS];

/* the zone's offset, in microseconds east of Greenwich, for from <= t < until */
static struct
{
	const pg_tz *zone;			/* NULL: nothing remembered */
	Timestamp	from;
	Timestamp	until;
	int64		offset;
	char		text[sizeof("+00:00") - 1];
}			known;

static int	encode_by_core(char *to, Datum value, Oid type);
static const char *day_text(int64 day);
static inline bool is_written_here(Timestamp t);
static char *time_text(char *to, int64 usecs);
static bool find_offset(TimestampTz t);
static void offset_text(char *to, int64 offset);
static int64 floor_div(int64 n, int64 by);

/* text of a date, timestamp or timestamptz; room for MAXDATELEN + 1; its length */
int
json_datetime_text(char *to, Datum value, Oid type)
{
	char	   *p = to + sizeof(known_days[0].text);
	Timestamp	t;
	int64		day;

	if (type == DATEOID)
	{
		day = DatumGetDateADT(value);
		if (day < FIRST_DAY || day > LAST_DAY)
			return encode_by_core(to, value, type);
		memcpy(to, day_text(day), sizeof(known_days[0].text));
		return p - to;
	}
	t = DatumGetTimestamp(value);
	if (type == TIMESTAMPTZOID)
	{
		if (!find_offset(t))
			return encode_by_core(to, value, type);
		t += known.offset;
	}
	if (!is_written_here(t))
		return encode_by_core(to, value, type);
	day = floor_div(t, USECS_PER_DAY);
	memcpy(to, day_text(day), sizeof(known_days[0].text));
	*p++ = 'T';
	p = time_text(p, t - day * USECS_PER_DAY);
	if (type != TIMESTAMPTZOID)
		return p - to;
	memcpy(p, known.text, sizeof(known.text));
	return p + sizeof(known.text) - to;
}

/* in the years 1 to 9999? */
static inline bool
is_written_here(Timestamp t)
{
	return t >= FIRST_DAY * USECS_PER_DAY && t < (LAST_DAY + 1) * USECS_PER_DAY;
}

static int
encode_by_core(char *to, Datum value, Oid type)
{
	pg_tz	   *session = session_timezone;

	/* core writes in the session's zone */
	session_timezone = assoc_zone();
	PG_TRY();
	{
		JsonEncodeDateTime(to, value, type, NULL);
	}
	PG_FINALLY();
	{
		session_timezone = session;
	}
	PG_END_TRY();
	return strlen(to);
}

/* 2024-02-29, without an end */
static const char *
day_text(int64 day)
{
	int32		number = (int32) (day - FIRST_DAY) + 1;
	KnownDay   *known_day = &known_days[number % KNOWN_DAYS];
	char	   *p = known_day->text;
	int			year;
	int			month;
	int			mday;

	if (known_day->number == number)
		return p;
	j2date((int) day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	p = json_two_digits(p, year / 100);
	p = json_two_digits(p, year % 100);
	*p++ = '-';
	p = json_two_digits(p, month);
	*p++ = '-';
	(void) json_two_digits(p, mday);
	known_day->number = number;
	return known_day->text;
}

/* 09:30:00, and fractions of the second without trailing zeros */
static char *
time_text(char *to, int64 usecs)
{
	int			seconds = usecs / USECS_PER_SEC;
	int			fraction = usecs - seconds * USECS_PER_SEC;
	int			minutes = seconds / SECS_PER_MINUTE;
	int			hours = minutes / MINS_PER_HOUR;
	int			digits = 6;

	to = json_two_digits(to, hours);
	*to++ = ':';
	to = json_two_digits(to, minutes - hours * MINS_PER_HOUR);
	*to++ = ':';
	to = json_two_digits(to, seconds - minutes * SECS_PER_MINUTE);
	if (fraction == 0)
		return to;
	*to++ = '.';
	while (fraction % 10 == 0)
	{
		fraction /= 10;
		digits--;
	}
	for (int i = digits - 1; i >= 0; i--)
	{
		to[i] = '0' + fraction % 10;
		fraction /= 10;
	}
	return to + digits;
}

/* offset of the zone at a time, as known; false where it cannot be written as +hh:mm */
static bool
find_offset(TimestampTz t)
{
	pg_time_t	seconds;
	pg_time_t	boundary;
	long int	before;
	long int	after;
	int			is_dst;
	int			result;

	if (known.zone == assoc_zone() && t >= known.from && t < known.until)
		return true;
	known.zone = NULL;
	if (!is_written_here(t))
		return false;
	seconds = floor_div(t, USECS_PER_SEC) + UNIX_SECONDS;
	result = pg_next_dst_boundary(&seconds, &before, &is_dst, &boundary, &after, &is_dst,
								  assoc_zone());
	if (result < 0 || before % SECS_PER_MINUTE != 0)
		return false;
	known.zone = assoc_zone();
	known.from = t;
	known.until = (LAST_DAY + 1) * USECS_PER_DAY;
	if (result > 0 && boundary - UNIX_SECONDS < known.until / USECS_PER_SEC)
		known.until = (boundary - UNIX_SECONDS) * USECS_PER_SEC;
	known.offset = before * USECS_PER_SEC;
	offset_text(known.text, known.offset);
	return true;
}

static void
offset_text(char *to, int64 offset)
{
	int			minutes = (offset < 0 ? -offset : offset) / USECS_PER_MINUTE;

	*to++ = offset < 0 ? '-' : '+';
	to = json_two_digits(to, minutes / MINS_PER_HOUR);
	*to++ = ':';
	(void) json_two_digits(to, minutes % MINS_PER_HOUR);
}

static int64
floor_div(int64 n, int64 by)
{
	return n >= 0 ? n / by : -((-n + by - 1) / by);
}
