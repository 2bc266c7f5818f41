require 'json'
require 'pg'

DB = PG.connect

def call(text, *values)
  row = DB.exec_params("SELECT #{text}", values.map { |v| v.is_a?(Hash) || v.is_a?(Array) ? v.to_json : v }).values.first
  row && row[0] && JSON.parse(row[0])
end

user = call('user_with_projects($1)', 1)
users = call('assoc.find_all($1, $2)', 'User', { order: ['name'], include: ['projects'] })
# keys of accessors are an array of PostgreSQL's
diff = call('user_add_projects($1, $2)', 2, PG::TextEncoder::Array.new.encode([1, 2]))

DB.transaction do
  call('assoc.create($1, $2)', 'User', { name: 'Cid', projects: { connect: [1] } })
end

begin
  call('assoc.create($1, $2)', 'User', { email: 'nowhere' })
rescue PG::CheckViolation => error
  failures = JSON.parse(error.result.error_field(PG::Result::PG_DIAG_MESSAGE_DETAIL))
end

raise 'wrong' unless [user['name'], users.size, diff['added'], failures.map { |f| f['path'] }] == ['Ann', 2, [1, 2], %w[name email]]

puts 'ruby'
