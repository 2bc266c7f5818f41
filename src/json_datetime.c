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

#include "catalog/pg_type_d.h"
#include "compat.h"
#include "json_writer.h"
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

/* a day written last: rows that come together are often of one */
static struct
{
	Timestamp	from;			/* its first microsecond; */
	Timestamp	until;			/*   and the next day's: equal in the beginning */
	char		text[sizeof("2024-02-29") - 1];
}			written;

/* the session zone's offset, in microseconds east of Greenwich, for from <= t < until */
static struct
{
	const pg_tz *zone;			/* NULL: nothing remembered */
	Timestamp	from;
	Timestamp	until;
	int64		offset;
}			known;

static int	encode_by_core(char *to, Datum value, Oid type);
static bool find_day(Timestamp t);
static char *time_text(char *to, int64 usecs);
static bool find_offset(TimestampTz t);
static char *offset_text(char *to, int64 offset);
static inline char *two_digits(char *to, int n);
static int64 floor_div(int64 n, int64 by);

/* text of a date, timestamp or timestamptz; room for MAXDATELEN + 1; its length */
int
json_datetime_text(char *to, Datum value, Oid type)
{
	char	   *p = to + sizeof(written.text);
	Timestamp	t;

	if (type == DATEOID)
	{
		DateADT		date = DatumGetDateADT(value);

		/* days that a timestamp cannot have are far from those that are written here */
		if (date < FIRST_DAY || date > LAST_DAY || !find_day(date * USECS_PER_DAY))
			return encode_by_core(to, value, type);
		memcpy(to, written.text, sizeof(written.text));
		return p - to;
	}
	t = DatumGetTimestamp(value);
	if (type == TIMESTAMPTZOID)
	{
		if (!find_offset(t))
			return encode_by_core(to, value, type);
		t += known.offset;
	}
	if (!find_day(t))
		return encode_by_core(to, value, type);
	memcpy(to, written.text, sizeof(written.text));
	*p++ = 'T';
	p = time_text(p, t - written.from);
	if (type == TIMESTAMPTZOID)
		p = offset_text(p, known.offset);
	return p - to;
}

static int
encode_by_core(char *to, Datum value, Oid type)
{
	JsonEncodeDateTime(to, value, type, NULL);
	return strlen(to);
}

/* the day of a time, such as 2024-02-29, as the one written last; false outside the years 1 to 9999 */
static bool
find_day(Timestamp t)
{
	char	   *p = written.text;
	int64		day;
	int			year;
	int			month;
	int			mday;

	if (t >= written.from && t < written.until)
		return true;
	if (t < FIRST_DAY * USECS_PER_DAY || t >= (LAST_DAY + 1) * USECS_PER_DAY)
		return false;
	day = floor_div(t, USECS_PER_DAY);
	j2date((int) day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	p = two_digits(p, year / 100);
	p = two_digits(p, year % 100);
	*p++ = '-';
	p = two_digits(p, month);
	*p++ = '-';
	(void) two_digits(p, mday);
	written.from = day * USECS_PER_DAY;
	written.until = written.from + USECS_PER_DAY;
	return true;
}

/* 09:30:00, and fractions of the second without trailing zeros */
static char *
time_text(char *to, int64 usecs)
{
	int			fraction = usecs % USECS_PER_SEC;
	int			seconds = usecs / USECS_PER_SEC;
	int			digits = 6;

	to = two_digits(to, seconds / SECS_PER_HOUR);
	*to++ = ':';
	to = two_digits(to, seconds / SECS_PER_MINUTE % MINS_PER_HOUR);
	*to++ = ':';
	to = two_digits(to, seconds % SECS_PER_MINUTE);
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

/* offset of the session's zone at a time, as known; false where it cannot be written as +hh:mm */
static bool
find_offset(TimestampTz t)
{
	pg_time_t	seconds;
	pg_time_t	boundary;
	long int	before;
	long int	after;
	int			is_dst;
	int			result;

	if (known.zone == session_timezone && t >= known.from && t < known.until)
		return true;
	known.zone = NULL;
	if (t < FIRST_DAY * USECS_PER_DAY || t >= (LAST_DAY + 1) * USECS_PER_DAY)
		return false;
	seconds = floor_div(t, USECS_PER_SEC) + UNIX_SECONDS;
	result = pg_next_dst_boundary(&seconds, &before, &is_dst, &boundary, &after, &is_dst,
								  session_timezone);
	if (result < 0 || before % SECS_PER_MINUTE != 0)
		return false;
	known.zone = session_timezone;
	known.from = t;
	known.until = (LAST_DAY + 1) * USECS_PER_DAY;
	if (result > 0 && boundary - UNIX_SECONDS < known.until / USECS_PER_SEC)
		known.until = (boundary - UNIX_SECONDS) * USECS_PER_SEC;
	known.offset = before * USECS_PER_SEC;
	return true;
}

static char *
offset_text(char *to, int64 offset)
{
	int			minutes = (offset < 0 ? -offset : offset) / USECS_PER_MINUTE;

	*to++ = offset < 0 ? '-' : '+';
	to = two_digits(to, minutes / MINS_PER_HOUR);
	*to++ = ':';
	return two_digits(to, minutes % MINS_PER_HOUR);
}

static inline char *
two_digits(char *to, int n)
{
	to[0] = '0' + n / 10;
	to[1] = '0' + n % 10;
	return to + 2;
}

static int64
floor_div(int64 n, int64 by)
{
	return n >= 0 ? n / by : -((-n + by - 1) / by);
}
