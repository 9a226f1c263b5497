-- What a person does with a document of a project, through the keys of the book's configuration.

local passed, failed = 0, 0

local function check(name, ok, found)
  if ok then passed = passed + 1 else failed = failed + 1 end
  print((ok and 'ok ' or 'not ok ') .. name .. (ok and '' or ': ' .. vim.inspect(found)) .. '\n')
end

local function wait(condition)
  return vim.wait(60000, condition, 50)
end

local function type_keys(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'xt', false)
end

local function place(pattern, offset)
  vim.fn.cursor(1, 1)
  vim.fn.search(pattern, 'cW')
  if offset then vim.fn.cursor(vim.fn.line('.'), vim.fn.col('.') + offset) end
end

local function codes()
  local found = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
    found[#found + 1] = ('%d:%d %s'):format(diagnostic.lnum + 1, diagnostic.col + 1, diagnostic.message:match('^[^\n]*'))
  end
  table.sort(found)
  return found
end

local function text_of_float()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
    end
  end
end

local function all()
  check('the file is an Org document', vim.bo.filetype == 'org', vim.bo.filetype)
  local duplicate = function()
    return vim.tbl_filter(function(line) return line:find('10:27 address `10.42.0.10` is taken', 1, true) end, codes())
  end
  wait(function() return #duplicate() == 1 end)
  check('the diagnostic stands at its cell', #duplicate() == 1, codes())

  -- After a sign that is two units of UTF-16.
  place('wk-1= is', 1)
  type_keys('gd')
  wait(function() return vim.fn.line('.') == 10 end)
  check('gd goes to the guest', vim.fn.line('.') == 10 and vim.fn.col('.') == 3, vim.fn.getpos('.'))

  local choices
  vim.ui.select = function(items, options, choose)
    choices = vim.tbl_map(options.format_item, items)
    choose(items[1], 1)
  end
  place('wk-1.qvm0.lan | 10', 17)
  type_keys('<Leader>f')
  wait(function() return vim.fn.getline(10):find('10.42.0.11', 1, true) end)
  check('the fix is made', vim.fn.getline(10):find('wk-1.qvm0.lan | 10.42.0.11 |', 1, true), { vim.fn.getline(10), choices })
  wait(function() return #duplicate() == 0 end)
  check('the diagnostic is gone', #duplicate() == 0, codes())

  place('| wk-1', 3)
  type_keys('K')
  wait(function() return text_of_float() end)
  check('K tells what a guest becomes', (text_of_float() or ''):find('DHCP lease: `?10%.42%.0%.11'), text_of_float())

  place(':mkd', 3)
  -- The answer is taken only while one is still inserting.
  function _G.wait_for_completion()
    wait(function() return vim.fn.getline('.'):find(':mkdirp', 1, true) end)
    return ''
  end
  type_keys('a<C-X><C-O><C-R>=v:lua.wait_for_completion()<CR><Esc>')
  check('omni completion completes', vim.fn.getline('.'):find(':mkdirp', 1, true), vim.fn.getline('.'))
  place(':mkd')
  vim.cmd('normal! D')

  vim.cmd('silent Tangle')
  local output = vim.fn.getcwd() .. '/generated/notes.txt'
  check(':Tangle writes the outputs', vim.fn.filereadable(output) == 1, vim.fn.glob('generated/*'))

  vim.cmd('edit! other.org')
  check('a second document has the same server', wait(function() return #vim.lsp.buf_get_clients(0) == 1 end)
    and #vim.lsp.get_active_clients() == 1, vim.lsp.get_active_clients())
  vim.fn.mkdir(vim.env.HOME .. '/notes')
  vim.cmd('edit! ' .. vim.env.HOME .. '/notes/plain.org')
  check('a document of no project has none', vim.tbl_count(vim.lsp.buf_get_clients(0)) == 0, vim.lsp.buf_get_clients(0))
end

local ok, why = pcall(all)
if not ok then check('the script runs to its end', false, why) end
print(('%d passed, %d failed\n'):format(passed, failed))
vim.cmd(failed == 0 and 'qall!' or 'cquit')
