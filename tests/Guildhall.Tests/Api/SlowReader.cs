using System.Net.Sockets;
using System.Text;

namespace Guildhall.Tests.Api;

/// <summary>Asks for a list over a socket of its own, and takes of it only what it likes.</summary>
internal sealed class SlowReader : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>So small that the list does not disappear in the network between the two.</summary>
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };

    /// <summary>Completes when the answer has begun.</summary>
    public static async Task<SlowReader> AskAsync(TestService service, Person person, string path)
    {
        var reader = new SlowReader();
        await reader.socket.ConnectAsync(service.Address.Host, service.Address.Port);
        var request = $"GET /v2/{person.ProjectId}/{path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {person.Token}\r\n\r\n";
        await reader.socket.SendAsync(Encoding.ASCII.GetBytes(request));
        reader.Head = await reader.ReadAsync(1024);
        return reader;
    }

    /// <summary>The first bytes of the answer.</summary>
    public string Head { get; private set; } = "";

    /// <summary>Everything that still comes, until the server has closed or the answer's last chunk is here.</summary>
    public async Task<string> ReadToEndAsync()
    {
        socket.ReceiveBufferSize = 1024 * 1024;
        using var patience = new CancellationTokenSource(Patience);
        var (text, buffer) = (new StringBuilder(Head), new byte[64 * 1024]);
        while (true)
        {
            var read = 0;
            try
            {
                read = await socket.ReceiveAsync(buffer, patience.Token);
            }
            catch (SocketException)
            {
                // the server has cut the line
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            if (read == 0 || IsWhole(text))
            {
                return text.ToString();
            }
        }
    }

    /// <summary>Whether the answer ends as one does that is complete.</summary>
    public static bool IsWhole(string answer) => answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool IsWhole(StringBuilder text) => text.Length > 7 && IsWhole(text.ToString(text.Length - 7, 7));

    private async Task<string> ReadAsync(int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[count];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token));
    }
}
