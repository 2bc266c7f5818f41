SELECT assoc.find_all('Errand',
  jsonb_build_object('where', jsonb_build_object('person_id', :id, 'done', false), 'order', '["due"]'::jsonb, 'limit', 10))
