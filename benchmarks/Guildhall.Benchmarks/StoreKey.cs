using System.Security.Cryptography;
using Guildhall.Sealing;
using Guildhall.Storage;

namespace Guildhall.Benchmarks;

/// <summary>The key that the stores are sealed with which are measured.</summary>
internal static class StoreKey
{
    /// <summary>As <c>store.key_file</c> names it.</summary>
    public static string File { get; } = Write();

    public static StoreKeys Of(string setting) => new(File, StoreKeys.FileBeside(setting), program: null);

    private static string Write()
    {
        var file = Path.Combine(Environment.GetEnvironmentVariable("GUILDHALL_BENCH_FOLDER") ?? Directory.CreateTempSubdirectory("guildhall-bench-").FullName, "store.key");
        PrivateFiles.Write(file, System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));
        return file;
    }
}
