using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Guildhall.Tests.Api;

/// <summary>Speaks HTTP byte by byte, for what a well-behaved client cannot send.</summary>
public sealed class RawHttp : IAsyncDisposable
{
    private readonly TcpClient client = new();

    /// <param name="from">One of this machine's addresses, such as 127.0.0.2, to be somebody else; null for the usual one.</param>
    /// <param name="window">About the bytes that are taken in without being read; null for as many as the system likes.</param>
    public static async Task<RawHttp> ConnectAsync(TestService service, string? from = null, int? window = null)
    {
        var raw = new RawHttp();
        if (from is not null)
        {
            raw.client.Client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        if (window is { } bytes)
        {
            raw.client.ReceiveBufferSize = bytes;
        }

        await raw.client.ConnectAsync(service.Address.Host, service.Address.Port);
        return raw;
    }

    /// <summary>Sends the text with CRLF line ends, and reads until the server closes or has answered one message.</summary>
    public async Task<string> SendAsync(string text)
    {
        await WriteAsync(text);
        return await ReadAsync();
    }

    public async Task WriteAsync(string text) =>
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));

    public async Task<string> ReadAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var answer = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            int read;
            try
            {
                read = await client.GetStream().ReadAsync(buffer, timeout.Token);
            }
            catch (IOException)
            {
                read = 0; // the server has cut the line
            }

            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
            if (read == 0 || answer.ToString().Contains("\"}", StringComparison.Ordinal))
            {
                return answer.ToString();
            }
        }
    }

    /// <summary>Reads until the server closes or cuts the line, and says how many bytes came.</summary>
    public async Task<long> ReadToEndAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[64 * 1024];
        var total = 0L;
        try
        {
            while (await client.GetStream().ReadAsync(buffer, timeout.Token) is var read && read > 0)
            {
                total += read;
            }
        }
        catch (IOException)
        {
            // it was cut
        }

        return total;
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
