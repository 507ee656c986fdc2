#include "storage/engine.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <chrono>

namespace trellis::storage {
namespace {

error failed(std::string_view what, const std::string& where, const rocksdb::Status& why) {
  return {errc::storage, fmt::format("{} in {}: {}", what, where, why.ToString())};
}

/// Never null: RocksDB compares without asking for the size.
rocksdb::Slice slice(std::string_view s) { return {s.empty() ? "" : s.data(), s.size()}; }

std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

class rocksdb_engine final : public engine {
public:
  rocksdb_engine(std::string where, rocksdb::DB* db,
                 std::vector<rocksdb::ColumnFamilyHandle*> families)
      : where_(std::move(where)), db_(db), families_(std::move(families)) {}

  rocksdb_engine(const rocksdb_engine&) = delete;
  rocksdb_engine& operator=(const rocksdb_engine&) = delete;

  ~rocksdb_engine() override {
    for (auto* family : families_)
      db_->DestroyColumnFamilyHandle(family);
    db_->Close();
  }

  result<done> commit(std::span<const change> batch, durability how) override {
    rocksdb::WriteBatch rows;
    for (const auto& x : batch) {
      if (x.value)
        rows.Put(handle(x.in), x.key, *x.value);
      else
        rows.Delete(handle(x.in), x.key);
    }
    rocksdb::WriteOptions options;
    options.sync = how == durability::synced;
    if (auto status = db_->Write(options, &rows); !status.ok())
      return failed("writing a batch", where_, status);
    return how == durability::lazy ? hand_on() : done{};
  }

  result<std::optional<std::string>> get(family in, std::string_view key) const override {
    std::string value;
    auto status = db_->Get(rocksdb::ReadOptions{}, handle(in), slice(key), &value);
    if (status.IsNotFound())
      return std::optional<std::string>{};
    if (!status.ok())
      return failed("reading a row", where_, status);
    return std::optional{std::move(value)};
  }

  result<done> scan(family in, std::string_view prefix, std::string_view from,
                    const row_reader& read) const override {
    std::unique_ptr<rocksdb::Iterator> i{db_->NewIterator(rocksdb::ReadOptions{}, handle(in))};
    for (i->Seek(slice(std::max(prefix, from))); i->Valid() && i->key().starts_with(slice(prefix));
         i->Next())
      if (!read(view(i->key()), view(i->value())))
        break;
    if (!i->status().ok())
      return failed("scanning rows", where_, i->status());
    return done{};
  }

private:
  /// Lazy rows leave the process with the next synced ones, or with each lazy batch that comes a
  /// second after the last one did.
  result<done> hand_on() {
    auto now = std::chrono::steady_clock::now();
    if (handed_on_ && now - *handed_on_ < std::chrono::seconds{1})
      return done{};
    handed_on_ = now;
    if (auto status = db_->FlushWAL(false); !status.ok())
      return failed("writing the log", where_, status);
    return done{};
  }

  rocksdb::ColumnFamilyHandle* handle(family in) const {
    return families_[static_cast<std::size_t>(in) + 1]; // the first is RocksDB's own default
  }

  std::string where_;
  std::optional<std::chrono::steady_clock::time_point> handed_on_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

/// Rows that end in a number come in runs (a stream's letters, a job's events): each is looked for
/// in the memtable from where the last one of its run went, and not from the top.
class run_of_rows final : public rocksdb::SliceTransform {
public:
  const char* Name() const override { return "trellis.run"; }

  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), key.size() - number};
  }

  bool InDomain(const rocksdb::Slice& key) const override { return key.size() > number; }

private:
  static constexpr std::size_t number = 8;
};

rocksdb::Options store_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_total_wal_size = 64u << 20; // reopening replays at most this much
  options.write_buffer_size = 16u << 20;
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<run_of_rows>();
  options.max_background_jobs = 2;
  options.keep_log_file_num = 4;
  options.max_open_files = 256;
  // Rows leave the process by their sync, not before it: a sync that is missing shows whenever a
  // process is killed, and not only when the power fails.
  options.manual_wal_flush = true;
  return options;
}

} // namespace

result<std::unique_ptr<engine>> open_rocksdb(const std::string& directory) {
  auto options = store_options();
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted{
      {rocksdb::kDefaultColumnFamilyName, {}}
  };
  std::vector<std::string> there;
  if (rocksdb::DB::ListColumnFamilies(options, directory, &there).ok())
    for (const auto& x : there)
      if (x != rocksdb::kDefaultColumnFamilyName && std::ranges::count(family_names, x) == 0)
        return error{errc::storage,
                     fmt::format("opening {}: it holds '{}', which this version does "
                                 "not know; it was written by a newer one",
                                 directory, x)};
  for (auto x : family_names)
    wanted.emplace_back(std::string{x}, rocksdb::ColumnFamilyOptions{options});
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* db = nullptr;
  if (auto status = rocksdb::DB::Open(options, directory, wanted, &families, &db); !status.ok())
    return failed("opening the store", directory, status);
  return std::unique_ptr<engine>{
      std::make_unique<rocksdb_engine>(directory, db, std::move(families))};
}

} // namespace trellis::storage
