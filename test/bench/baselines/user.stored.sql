SELECT document FROM stored WHERE id = :id
