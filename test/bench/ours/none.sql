SELECT assoc.find_all('User', '{"where": {"projects": {"none": {"id": {"lt": 95}}}}}')
