namespace Guildhall.Benchmarks;

/// <summary>The yardstick for reads: Kestrel as Guildhall sets it up, answering with bytes that it holds ready.</summary>
internal static class BareEndpoint
{
    /// <summary>The hidden command that runs it in a process of its own.</summary>
    public const string Command = "bare";

    /// <param name="folder">Its files are read at the start, and answered under their names.</param>
    public static async Task RunAsync(int port, string folder)
    {
        var files = Directory.EnumerateFiles(folder).ToDictionary(file => "/" + Path.GetFileName(file), File.ReadAllBytes);
        files["/"] = [];
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        app.Run(async context =>
        {
            var bytes = files[context.Request.Path.Value!];
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes);
        });
        await app.RunAsync();
    }
}
