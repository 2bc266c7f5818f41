SELECT document FROM uuid_stored WHERE id = md5(:id::text)::uuid
