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

/* rows that come together are often of one day */
static struct
{
	int64		day;
	char		text[sizeof("2024-02-29") - 1];	/* "" in the beginning: no day is known */
}			written;

/* the session zone's offset, east of Greenwich, for times from <= t < until */
static struct
{
	const pg_tz *zone;			/* NULL: nothing remembered */
	pg_time_t	from;
	pg_time_t	until;
	long int	offset;
}			known;

static int	encode_by_core(char *to, Datum value, Oid type);
static bool date_text(char **to, int64 day);
static char *time_text(char *to, int64 usecs);
static bool zone_offset(pg_time_t t, long int *offset);
static char *offset_text(char *to, long int offset);
static char *two_digits(char *to, int n);
static int64 floor_div(int64 n, int64 by);

/* text of a date, timestamp or timestamptz; room for MAXDATELEN + 1; its length */
int
json_datetime_text(char *to, Datum value, Oid type)
{
	char	   *p = to;
	Timestamp	t;
	long int	offset = 0;
	int64		day;

	if (type == DATEOID)
	{
		DateADT		date = DatumGetDateADT(value);

		if (DATE_NOT_FINITE(date) || !date_text(&p, date))
			return encode_by_core(to, value, type);
		return p - to;
	}
	t = DatumGetTimestamp(value);
	if (TIMESTAMP_NOT_FINITE(t))
		return encode_by_core(to, value, type);
	if (type == TIMESTAMPTZOID)
	{
		pg_time_t	seconds = floor_div(t, USECS_PER_SEC) +
			(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (pg_time_t) SECS_PER_DAY;

		if (!zone_offset(seconds, &offset))
			return encode_by_core(to, value, type);
		t += offset * USECS_PER_SEC;
	}
	day = floor_div(t, USECS_PER_DAY);
	if (!date_text(&p, day))
		return encode_by_core(to, value, type);
	*p++ = 'T';
	p = time_text(p, t - day * USECS_PER_DAY);
	if (type == TIMESTAMPTZOID)
		p = offset_text(p, offset);
	return p - to;
}

static int
encode_by_core(char *to, Datum value, Oid type)
{
	JsonEncodeDateTime(to, value, type, NULL);
	return strlen(to);
}

/* 2024-02-29, of a day counted from 2000-01-01; false outside the years 1 to 9999 */
static bool
date_text(char **to, int64 day)
{
	char	   *p = written.text;
	int			year;
	int			month;
	int			mday;

	if (day < -730119 || day > 2921939)
		return false;
	if (written.day != day || *p == '\0')
	{
		j2date((int) day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
		p = two_digits(p, year / 100);
		p = two_digits(p, year % 100);
		*p++ = '-';
		p = two_digits(p, month);
		*p++ = '-';
		(void) two_digits(p, mday);
		written.day = day;
	}
	memcpy(*to, written.text, sizeof(written.text));
	*to += sizeof(written.text);
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

/* offset of the session's zone at a time; false where it cannot be written as +hh:mm */
static bool
zone_offset(pg_time_t t, long int *offset)
{
	pg_time_t	boundary;
	long int	before;
	long int	after;
	int			is_dst;
	int			result;

	if (known.zone != session_timezone || t < known.from || t >= known.until)
	{
		result = pg_next_dst_boundary(&t, &before, &is_dst, &boundary, &after, &is_dst,
									  session_timezone);
		if (result < 0)
			return false;
		known.zone = session_timezone;
		known.from = t;
		known.until = result > 0 ? boundary : PG_INT64_MAX;
		known.offset = before;
	}
	*offset = known.offset;
	return known.offset % SECS_PER_MINUTE == 0;
}

static char *
offset_text(char *to, long int offset)
{
	*to++ = offset < 0 ? '-' : '+';
	offset = (offset < 0 ? -offset : offset) / SECS_PER_MINUTE;
	to = two_digits(to, offset / MINS_PER_HOUR);
	*to++ = ':';
	return two_digits(to, offset % MINS_PER_HOUR);
}

static char *
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
